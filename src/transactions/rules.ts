import type { CashFlowType } from './classify.ts';

export const RULE_MATCHES = ['is', 'contains'] as const;
type RuleMatch = (typeof RULE_MATCHES)[number];

/** What a person wants of every transaction of a merchant: a category, a type, or both. */
export interface Rule {
  id: string;
  match: RuleMatch;
  /** Compared with a row's merchant (merchant_name, else name), letter case aside. */
  merchant: string;
  category: string | null;
  cashFlowType: CashFlowType | null;
}

/** As long as the merchant that the database keeps of a row. */
const MERCHANT_LENGTH_MAX = 120;

/** A row's merchant as rules see it. */
export const merchantOf = (row: { name: string; merchantName: string | null }): string =>
  [...(row.merchantName ?? row.name)].slice(0, MERCHANT_LENGTH_MAX).join('');

function isMatch({ match, merchant }: Pick<Rule, 'match' | 'merchant'>, candidate: string): boolean {
  const [wanted, text] = [merchant.toLowerCase(), candidate.toLowerCase()];
  return match === 'is' ? text === wanted : text.includes(wanted);
}

/** The first rule, in the person's order, that fits a merchant. */
export const ruleFor = (rules: Rule[], merchant: string): Rule | null => rules.find((rule) => isMatch(rule, merchant)) ?? null;
