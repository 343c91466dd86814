/* Whom the text of a transaction names: accounts by their last digits, institutions and people by what is left of the text without the
   words that every statement is made of. */

/** Words that name nobody: the ways money goes, the kinds of account, months, and what stands between them. */
const COMMON_WORDS = new Set(
  `a ach account accounts acct acctverify act advance all amount an and app as at auto automated automatic autopay avail available balance
   bank banking bill book branch business by card cash ccd ckg chk checking confirmation conf conf# contribution credit crd cr ct
   customer daily date debit deb deposit dep des direct dda dir dr echeck eft electronic end ending epay epayment entry ext external fed
   federal fee for from fund funds funding id immediate in incoming inst instant int internal internet into intl item joint line linked
   loan market mm mob mobile mo money monthly moneylink moneyline my new no now nbr number num of on online one order out outgoing own p2p paid
   pay payer payment payments pending pmt pos ppd primary pull push pymt pymnt rec received recurring ref reference regular req
   request requested rev reversal reversed returned return returns rtn rtp same sav saved saver saving savings sched scheduled seq
   sent service services share shares spend std standing stmt tel telephone term thank thanks the to trace tran trans transaction
   transfer transfered transferred transfers trf trn trnsfr trsf tfr type us usa via was web weekly wd wdl wire with withdraw withdrawal wthdrwl www zelle venmo cashapp paypal popmoney instant cashout xfer xfr xx xxx you your
   credits debits deposits withdrawals biweekly everyday high yield interest plus performance premier growth rewards
   jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun am pm est edt pst pdt utc`.split(/\s+/),
);

/** Words of which institutions' names are made, and that tell none from another. */
const INSTITUTION_WORDS = new Set(
  `bank banks banking bancorp card cards co community company corp credit cu fcu federal financial first fsb group inc invest investing
   investment investments lending llc loan loans ltd mortgage na national of savings securities service services servicing the trust union`.split(
    /\s+/,
  ),
);

/** How statements shorten the names of institutions. */
const SHORT_NAMES: Record<string, string> = {
  amex: 'american express',
  bofa: 'bank of america',
  boa: 'bank of america',
  capone: 'capital one',
  citi: 'citibank',
  citicard: 'citibank',
  gs: 'goldman sachs',
  jpm: 'chase',
  jpmcb: 'chase',
  nfcu: 'navy federal',
  schw: 'schwab',
  usb: 'u.s. bank',
  wf: 'wells fargo',
  wellsfargo: 'wells fargo',
};

const MIN_LETTERS = 2;

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/[’']/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** The words of a text without digits in them that do not belong to every statement. */
function tellingWords(text: string): string[] {
  return wordsOf(text)
    .flatMap((word) => (SHORT_NAMES[word] ? wordsOf(SHORT_NAMES[word]) : [word]))
    .filter((word) => word.length >= MIN_LETTERS && !/\d/.test(word) && !/^x+$/.test(word) && !COMMON_WORDS.has(word));
}

/** The words by which a name is known from others. */
const ownWords = (name: string): string[] => {
  const words = wordsOf(name).flatMap((word) => (SHORT_NAMES[word] ? wordsOf(SHORT_NAMES[word]) : [word]));
  const telling = words.filter((word) => word.length >= MIN_LETTERS && !INSTITUTION_WORDS.has(word) && !/^\d+$/.test(word));
  return telling.length > 0 ? telling : words;
};

const ENDING =
  /(?:[x*•.]{2,}|\b(?:ending(?: in)?|account|acct|card|chk|ckg|sav|checking|savings|share|to|from)\s*#?)\s*[-.x*•]*(?<!\d)(\d{4})(?![\d/])/gi;
const DIGITS = /(?<![\d/-])\d{3,}(?![\d/-])/g;
const REFERENCE_DIGITS_MIN = 6;

/** What a text says of whom it is about. */
export interface NamesInText {
  /** Numbers of three digits and more, as a mask may be among them. */
  numbers: Set<string>;
  /** Numbers that stand where the last digits of an account stand. */
  endings: string[];
  /** Long numbers, which two sides of one movement may share. */
  references: string[];
  /** Words that name somebody or something. */
  words: string[];
  all: Set<string>;
}

export function namesIn(text: string): NamesInText {
  const numbers = text.match(DIGITS) ?? [];
  // A mask often follows letters at once, as in XXXX2088.
  const endings = [...text.matchAll(ENDING)].map((match) => match[1] as string);
  return {
    numbers: new Set([...numbers, ...endings]),
    endings,
    references: numbers.filter((number) => number.length >= REFERENCE_DIGITS_MIN),
    words: tellingWords(text),
    all: new Set(wordsOf(text).flatMap((word) => (SHORT_NAMES[word] ? wordsOf(SHORT_NAMES[word]) : [word]))),
  };
}

/** True when a text has the words by which an institution, an account or a person is known. */
export function hasName({ all }: NamesInText, name: string | null): boolean {
  if (!name) return false;
  const words = ownWords(name);
  return words.length > 0 && words.every((word) => all.has(word));
}

/** The words of a text that belong to none of some names: whoever they name is somebody else. */
export const strangersIn = ({ words }: NamesInText, names: (string | null)[]): string[] => {
  const known = new Set(names.flatMap((name) => (name ? wordsOf(name) : [])));
  return words.filter((word) => !known.has(word));
};
