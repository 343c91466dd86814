// The peak memory of a process that makes one report over ten years.
import { findUser, type User } from '../../src/auth/store.ts';
import { loadCashFlow } from '../../src/dashboard/load-figures.ts';
import { openDatabase } from '../../src/database/client.ts';
import type { Period } from '../../src/lib/period.ts';
import { sumByFindMany } from './find-many.ts';

const [way, url, userId] = process.argv.slice(2) as [string, string, string];
const ALL = { start: '1920-01-01', end: '2100-01-01' } as Period;
const database = openDatabase(url, () => undefined);
await database.prisma.user.findFirst();
const user = (await findUser(database, userId)) as User;
if (way === 'service') await loadCashFlow(database, user, ALL);
else await sumByFindMany(database, userId, ALL);
process.send?.(process.resourceUsage().maxRSS / 1024);
await database.close();
