const STORE_NUMBERS = /#\s*\d+|\b(?:store|str|no)\.?\s*\d+\b/g;
const DATES = /\b\d{1,4}[-/]\d{1,2}(?:[-/]\d{1,4})?\b/g;
const REFERENCE_CODES = /\b(?=\w*\d)\w{5,}\b|\b\d{3,}\b/g;
const RAIL_WORDS = /\b(?:pos|ach|debit|credit|purchase|autopay|recurring|payment|web|ppd|id|ref)\b/g;

/** A merchant's name without case, store numbers, dates, reference codes and the words of the payment rail. */
export function normalisedMerchant(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(STORE_NUMBERS, ' ')
    .replace(DATES, ' ')
    .replace(REFERENCE_CODES, ' ')
    .replaceAll(/[^\p{L}\p{N}&+]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const bare = plain.replace(RAIL_WORDS, ' ').replaceAll(/\s+/g, ' ').trim();
  return bare || plain || name.trim().toLowerCase();
}
