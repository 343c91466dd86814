/** The demo bank's three institutions and what a household has there. Keys are ours; the wire carries opaque ids. */
export interface DemoAccount {
  key: string;
  name: string;
  officialName: string;
  mask: string;
  type: 'depository' | 'credit' | 'investment' | 'loan';
  subtype: string;
  /** Balance on the day before the history begins: what is there, or, for credit and loans, what is owed. */
  opening: number;
  limit?: number;
  /** What it yields in per cent a year. */
  apy?: number;
  /** Its transactions say what the account stood at after them. */
  saysRunningBalance?: boolean;
  /** Loans that Plaid lists no transactions for. */
  hasNoTransactions?: boolean;
  /** A loan's rate in per cent a year, its first amount and day. */
  loan?: { rate: number; principal: number; originatedYearsAgo: number; term: string };
}

export interface DemoInstitution {
  id: string;
  name: string;
  /** The products it supports, in Plaid's words. */
  products: string[];
  color: string;
  /** It signs people in on its own pages, and sends them back. */
  isOauth?: boolean;
  accounts: DemoAccount[];
}

export const INSTITUTIONS: DemoInstitution[] = [
  {
    id: 'ins_900001',
    name: 'Harbor Street Bank',
    products: ['transactions', 'liabilities'],
    color: '#0b5d57',
    accounts: [
      {
        key: 'checking',
        name: 'Everyday Checking',
        officialName: 'Harbor Everyday Checking',
        mask: '4821',
        type: 'depository',
        subtype: 'checking',
        opening: 6_214.37,
        saysRunningBalance: true,
      },
      {
        key: 'savings',
        name: 'Rainy Day Savings',
        officialName: 'Harbor High-Yield Savings',
        mask: '9033',
        type: 'depository',
        subtype: 'savings',
        opening: 14_800,
        apy: 4.1,
        saysRunningBalance: true,
      },
      {
        key: 'card',
        name: 'Voyager Card',
        officialName: 'Harbor Voyager Rewards Card',
        mask: '7712',
        type: 'credit',
        subtype: 'credit card',
        opening: 1_642.18,
        limit: 12_000,
      },
    ],
  },
  {
    id: 'ins_900002',
    name: 'Tideline Investments',
    products: ['investments'],
    color: '#4a6fa5',
    isOauth: true,
    accounts: [
      {
        key: 'brokerage',
        name: 'Individual Brokerage',
        officialName: 'Tideline Individual Account',
        mask: '5510',
        type: 'investment',
        subtype: 'brokerage',
        opening: 0,
      },
      {
        key: '401k',
        name: 'Northwind 401(k)',
        officialName: 'Northwind Labs 401(k) Plan',
        mask: '8842',
        type: 'investment',
        subtype: '401k',
        opening: 0,
      },
    ],
  },
  {
    id: 'ins_900003',
    name: 'Cedar Lending',
    products: ['liabilities', 'transactions'],
    color: '#a4506c',
    accounts: [
      {
        key: 'mortgage',
        name: 'Home Loan',
        officialName: 'Cedar 30-Year Fixed Mortgage',
        mask: '1190',
        type: 'loan',
        subtype: 'mortgage',
        opening: 262_410.55,
        loan: { rate: 3.875, principal: 298_000, originatedYearsAgo: 7, term: '30 year' },
      },
      {
        key: 'auto',
        name: 'Car Loan',
        officialName: 'Cedar Auto Loan',
        mask: '2281',
        type: 'loan',
        subtype: 'auto',
        opening: 17_904.2,
        hasNoTransactions: true,
        loan: { rate: 5.49, principal: 24_500, originatedYearsAgo: 3, term: '5 year' },
      },
      {
        key: 'student',
        name: 'Student Loan',
        officialName: 'Cedar Student Loan',
        mask: '6654',
        type: 'loan',
        subtype: 'student',
        opening: 19_377.9,
        loan: { rate: 4.45, principal: 32_000, originatedYearsAgo: 9, term: '15 year' },
      },
    ],
  },
];
