/** Plaid's primary categories (versions 1 and 2) under which money is spent, with what a person reads. */
const SPENDING: Record<string, string> = {
  BANK_FEES: 'Bank fees',
  ENTERTAINMENT: 'Entertainment',
  FOOD_AND_DRINK: 'Food and drink',
  GENERAL_MERCHANDISE: 'Shopping',
  GENERAL_SERVICES: 'Services',
  GOVERNMENT_AND_NON_PROFIT: 'Government and giving',
  HOME_IMPROVEMENT: 'Home',
  MEDICAL: 'Medical',
  PERSONAL_CARE: 'Personal care',
  RENT_AND_UTILITIES: 'Rent and utilities',
  TRANSPORTATION: 'Transportation',
  TRAVEL: 'Travel',
};

const LABELS: Record<string, string> = {
  ...SPENDING,
  INCOME: 'Income',
  LOAN_PAYMENTS: 'Loan payments',
  LOAN_DISBURSEMENTS: 'Loans received',
  TRANSFER_IN: 'Transfer in',
  TRANSFER_OUT: 'Transfer out',
  OTHER: 'Other',
  UNCATEGORIZED: 'Uncategorised',
};

/** The codes of all categories a bank may give, in the order of their labels. */
export const CATEGORIES: string[] = Object.keys(LABELS).sort((a, b) => ((LABELS[a] as string) < (LABELS[b] as string) ? -1 : 1));

export const isSpendingCategory = (primary: string): boolean => Object.hasOwn(SPENDING, primary);

/** A category as a person reads it; their own words stay as they are. */
export function categoryLabel(category: string): string {
  if (Object.hasOwn(LABELS, category)) return LABELS[category] as string;
  if (!/^[A-Z][A-Z0-9_]*$/.test(category)) return category;
  const words = category.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
