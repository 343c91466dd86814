import { earnAndSpend } from './bills.ts';
import { coincidences } from './coincidences.ts';
import { balances, incidents } from './incidents.ts';
import { Life } from './life.ts';
import { payCards, regularMoves } from './own-money.ts';

/** Plain: banks that say what they do, nothing that happens to look alike. Hard: as life is. */
export type Kind = 'plain' | 'hard';

/** The life of a household, one for each seed. */
export function household(seed: number, kind: Kind): Life {
  const life = new Life(seed);
  const isHard = kind === 'hard';
  const happens = (probability: number) => life.luck.happens(probability);
  const depository = (key: string, bank: string, name: string, subtype: string, isLinked: boolean) =>
    life.open({ key, bank, name, type: 'depository', subtype, isLinked, openingCents: 300_000 });
  const [home, online, other] = life.luck.pick([
    ['Meridian Bank', 'Brightpath', 'Coastline Credit Union'],
    ['Ridge Federal', 'Nestwell Savings', 'Meridian Bank'],
    ['Harborline', 'Larkspur Bank', 'Ridge Federal'],
  ]) as [string, string, string];
  depository('checking', home, 'Everyday Checking', 'checking', true);
  depository('savings', isHard && happens(0.3) ? online : home, 'Growth Savings', 'savings', true);
  if (happens(0.6)) depository('partner', other, 'Joint Checking', 'checking', isHard ? happens(0.6) : true);
  if (happens(0.5)) depository('online savings', online, 'High Yield Savings', 'savings', isHard ? happens(0.5) : true);
  const card = (key: string, bank: string, isLinked: boolean) =>
    life.open({ key, bank, name: 'Voyager Card', type: 'credit', subtype: 'credit card', isLinked });
  card('card', happens(0.5) ? home : 'Summit Card Services', true);
  if (happens(0.4)) card('second card', 'Pinnacle Bank', isHard ? happens(0.5) : true);
  if (happens(0.4))
    life.open({
      key: 'loan',
      bank: 'Cedar Lending',
      name: 'Home Loan',
      type: 'loan',
      subtype: 'mortgage',
      isLinked: happens(0.6),
      openingCents: 24_000_000,
    });
  earnAndSpend(life, isHard);
  regularMoves(life, isHard);
  if (isHard) coincidences(life);
  incidents(life);
  payCards(life, isHard);
  balances(life, isHard);
  return life;
}
