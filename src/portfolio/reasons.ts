/** Why a return is not known. */
export type NoReturn = 'nothing_invested' | 'nothing_left' | 'below_zero' | 'no_rate' | 'several_rates';

/** The same in words, as they follow a dash. */
export const NO_RETURN_WORDS: Record<NoReturn, string> = {
  nothing_invested: 'nothing was invested',
  nothing_left: 'nothing is left of what was paid in',
  below_zero: 'what was invested fell to nothing, or below it',
  no_rate: 'no yearly rate fits these movements',
  several_rates: 'several rates fit these movements',
};
