import type { TwinPair } from '../accounts/duplicate-store.ts';
import { nameOfAccount } from '../accounts/present.ts';
import { type RepairAction, repairActionFor } from '../plaid/failure.ts';
import type { ListedItem } from './store.ts';

/** Something a person should know about a link, with at most one thing to do about it. */
export interface Notice {
  /** The link it is about; null when it is about several. */
  itemId: string | null;
  name: string;
  tone: 'warn' | 'info';
  title: string;
  text: string;
  since: Date | null;
  /** When it will happen. */
  until: Date | null;
  action: RepairAction | 'share' | 'tell_apart' | null;
}

const PRODUCT_WORDS: Record<string, string> = {
  accounts: 'balances',
  transactions: 'transactions',
  investments: 'investments',
  liabilities: 'debts',
};

const wordsOf = (products: string[]) => products.map((product) => PRODUCT_WORDS[product] ?? product).join(' and ');
const withStatus = (item: ListedItem, status: string) =>
  Object.entries(item.products).flatMap(([product, state]) => (state === status ? [product] : []));
const earliest = (dates: Date[]) => (dates.length > 0 ? new Date(Math.min(...dates.map((date) => date.getTime()))) : null);
const nameOf = (item: ListedItem) => item.institutionName ?? 'A bank';

/** What is to be said about a person's links: what needs them first, then what passes by itself. */
export function noticesOf(items: ListedItem[], twins: TwinPair[]): Notice[] {
  const about = (item: ListedItem, notice: Partial<Notice> & Pick<Notice, 'title'>): Notice => ({
    itemId: item.id,
    name: nameOf(item),
    tone: 'info',
    text: '',
    since: null,
    until: null,
    action: null,
    ...notice,
  });
  const notices = items.flatMap((item): Notice[] => {
    if (item.status === 'removing') {
      return [
        about(item, { title: `${nameOf(item)} is being removed.`, text: 'It has not confirmed yet, and is asked again until it does.' }),
      ];
    }
    if (item.errorCode) {
      return [
        about(item, {
          tone: 'warn',
          title: item.errorMessage ?? `${nameOf(item)} cannot be read.`,
          text: 'What was read stays as it was; everything else is current.',
          since: item.errorSince,
          action: repairActionFor(item.errorCode),
        }),
      ];
    }
    const own: Notice[] = [];
    if (item.parkedSince) {
      own.push(
        about(item, {
          tone: 'warn',
          title: `${nameOf(item)} is not read at the moment.`,
          text: 'Reading it failed five times in a row, by a fault here and not at the bank. The server’s log says more; Sync tries again.',
          since: item.parkedSince,
        }),
      );
    }
    if (item.status === 'pending_expiration') {
      own.push(
        about(item, {
          tone: 'warn',
          title: `${nameOf(item)} will soon ask you to sign in again.`,
          until: item.consentExpirationTime,
          action: 'reconnect',
        }),
      );
    }
    const unshared = withStatus(item, 'consent');
    if (unshared.length > 0) {
      own.push(about(item, { title: `${nameOf(item)} needs your consent to share ${wordsOf(unshared)}.`, action: 'share' }));
    }
    if (item.newAccountsSince) {
      own.push(about(item, { title: `${nameOf(item)} has accounts that you do not share yet.`, action: 'choose_accounts' }));
    }
    return own;
  });
  return [...notices, ...doubled(twins), ...outages(items)].sort((a, b) => Number(b.tone === 'warn') - Number(a.tone === 'warn'));
}

/** Accounts that may be counted twice, in one notice. */
function doubled(twins: TwinPair[]): Notice[] {
  const names = [...new Set(twins.map(({ twins: [first] }) => nameOfAccount(first.account)))];
  if (names.length === 0) return [];
  return [
    {
      itemId: null,
      name: names.join(', '),
      tone: 'warn',
      title: `${names.join(', ')} may be counted twice.`,
      text:
        names.length === 1 ? 'It looks like the same account through two links.' : 'They look like the same accounts through two links.',
      since: null,
      until: null,
      action: 'tell_apart',
    },
  ];
}

/** Banks that could not be read, in one notice when there are several. */
function outages(items: ListedItem[]): Notice[] {
  const failing = items.filter((item) => !item.errorCode && item.status !== 'removing' && withStatus(item, 'failing').length > 0);
  const [first] = failing;
  if (!first) return [];
  const isWhole = failing.some((item) => item.products.accounts === 'failing');
  const products = [...new Set(failing.flatMap((item) => withStatus(item, 'failing')))];
  const names = failing.map(nameOf).join(', ');
  return [
    {
      itemId: failing.length === 1 ? first.id : null,
      name: names,
      tone: 'info',
      title: isWhole ? `${names} cannot be read at the moment.` : `The ${wordsOf(products)} of ${names} cannot be read at the moment.`,
      text: 'Figures are as of the last reading. It is tried again by itself.',
      since: earliest(failing.flatMap((item) => item.failingSince ?? [])),
      until: null,
      action: null,
    },
  ];
}
