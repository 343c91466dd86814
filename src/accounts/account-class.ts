/** How an account counts in net worth until the person says otherwise. */
export interface AccountClass {
  isAsset: boolean;
  isLiquid: boolean;
  includeInNetWorth: boolean;
}

const LIQUID_SUBTYPES = new Set(['checking', 'savings', 'money market', 'cash management', 'prepaid', 'paypal']);
const LIABILITY_TYPES = new Set(['credit', 'loan']);
const ASSET_TYPES = new Set(['depository', 'investment', 'brokerage']);

/** Class by Plaid's (type, subtype). An unknown type is an asset that stays out of net worth until the person includes it. */
export function classOfAccount(type: string, subtype: string | null): AccountClass {
  const isLiability = isDebtType(type);
  return {
    isAsset: !isLiability,
    isLiquid: type === 'depository' && subtype !== null && LIQUID_SUBTYPES.has(subtype),
    includeInNetWorth: isLiability || ASSET_TYPES.has(type),
  };
}

/** Credit and loan accounts: their balance is what is owed. */
export const isDebtType = (type: string): boolean => LIABILITY_TYPES.has(type);

export const isInvestmentType = (type: string): boolean => type === 'investment' || type === 'brokerage';
