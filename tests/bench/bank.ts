// A bank in a process of its own, so that its work and memory are not counted: holds one item with many transactions.
import { account, setData, startTestBank, transaction } from '../test-bank.ts';

const rows = Number(process.argv[2]);
const MERCHANTS = [
  'Greenleaf Market',
  'Blue Door Coffee',
  'Arrow Fuel',
  'Metro Transit',
  'Parcel Plaza',
  'Streamly',
  'Olive & Thyme',
  'Northgate Power',
];
const CATEGORIES = [
  ['FOOD_AND_DRINK', 'FOOD_AND_DRINK_GROCERIES'],
  ['TRANSPORTATION', 'TRANSPORTATION_GAS'],
  ['GENERAL_MERCHANDISE', 'GENERAL_MERCHANDISE_ONLINE_MARKETPLACES'],
  ['TRANSFER_OUT', 'TRANSFER_OUT_ACCOUNT_TRANSFER'],
] as const;

const bank = await startTestBank(() => new Date());
const accounts = ['checking', 'savings', 'money market'].map((subtype) => account('depository', subtype, 1_000));
const start = Date.UTC(2016, 0, 1);
const centsOf = (index: number) => ((index * 7919) % 20_000) + 100;
/** Every eighth row is the other side of one that left another account. */
const amountOf = (index: number) => (index % 8 === 7 ? -centsOf(index - 4) : centsOf(index)) / 100;
const data = {
  accounts,
  transactions: Array.from({ length: rows }, (_, index) => {
    const merchant = MERCHANTS[index % MERCHANTS.length] as string;
    const [primary, detailed] = CATEGORIES[index % CATEGORIES.length] as (typeof CATEGORIES)[number];
    const day = new Date(start + Math.floor((index * 3_650) / rows) * 86_400_000).toISOString().slice(0, 10);
    return transaction(accounts[index % 3] as (typeof accounts)[number], day, amountOf(index), merchant.toUpperCase(), {
      merchant_name: merchant,
      merchant_entity_id: `entity-${index % MERCHANTS.length}`,
      original_description: `${merchant.toUpperCase()} #${index}`,
      location: {
        address: '1 Main Street',
        city: 'Harborview',
        region: 'WA',
        postal_code: '98000',
        country: 'US',
        lat: 47.6,
        lon: -122.3,
        store_number: null,
      },
      counterparties: [
        {
          name: merchant,
          type: 'merchant',
          website: null,
          logo_url: null,
          confidence_level: 'HIGH',
          entity_id: `entity-${index % MERCHANTS.length}`,
        },
      ],
      personal_finance_category: { primary, detailed, confidence_level: 'HIGH' },
    });
  }),
};
const { item, publicToken } = bank.link(data);
setData(item, { accounts });
process.send?.({ url: bank.url, publicToken });
