// Seals everything that is sealed with the newest key: `npm run keys:rotate`. With ENCRYPTION_KEYS set, put the new key first in it before,
// and take the old ones out afterwards. With generated keys a new one is made; the one before it stays until the next time.
import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { withDatabase } from './command.ts';
import { rotateKeys } from './items/sealed-columns.ts';
import { createTokenVault } from './items/token-vault.ts';

/** Written beside and moved into place: a crash leaves the old list or the new one. */
function writeKeys(file: string, keys: string[]) {
  writeFileSync(`${file}.new`, keys.join(','), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

await withDatabase(async (database, { encryptionKeyFile: file, encryptionKeys }) => {
  let keys = encryptionKeys;
  if (file) {
    const { unreadable } = await rotateKeys(database, createTokenVault(keys));
    // What nothing is sealed with any more may go; the key of until now stays, for an app that runs with it.
    keys = [randomBytes(32).toString('base64'), ...(unreadable.size > 0 ? keys : keys.slice(0, 1))];
    writeKeys(file, keys);
  }
  const { rotated, unreadable } = await rotateKeys(database, createTokenVault(keys));
  console.log(`${rotated} sealed values were sealed with the newest key.`);
  for (const [what, count] of unreadable) console.log(`${count} ${what} open with none of the keys: they have to be set again.`);
  if (unreadable.size > 0) process.exitCode = 1;
  else if (!file) console.log('The older keys may leave ENCRYPTION_KEYS now.');
});
