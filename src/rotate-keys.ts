// Seals all stored access tokens with the newest key: `npm run keys:rotate`. With ENCRYPTION_KEYS set, put the new key first in it
// before, and take the old ones out afterwards. With generated keys a new one is made; the one before it stays until the next time.
import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { ConfigurationError, readConfig } from './config.ts';
import { openDatabase } from './database/client.ts';
import { EmbeddedDatabaseError, startEmbeddedDatabase } from './database/embedded.ts';
import { rotateKeys } from './items/rotate-keys.ts';
import { createTokenVault } from './items/token-vault.ts';
import { describe } from './web/errors.ts';

/** Written beside and moved into place: a crash leaves the old list or the new one. */
function writeKeys(file: string, keys: string[]) {
  writeFileSync(`${file}.new`, keys.join(','), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function main() {
  const config = readConfig(process.env);
  const embedded = config.databaseUrl ? null : await startEmbeddedDatabase(config.dataDir);
  const database = openDatabase(config.databaseUrl ?? (embedded?.url as string), () => undefined);
  try {
    const file = config.encryptionKeyFile;
    let keys = config.encryptionKeys;
    if (file) {
      // What no token is sealed with any more may go; the key of until now stays, for an app that runs with it.
      await rotateKeys(database, createTokenVault(keys));
      keys = [randomBytes(32).toString('base64'), ...keys.slice(0, 1)];
      writeKeys(file, keys);
    }
    const rotated = await rotateKeys(database, createTokenVault(keys));
    console.log(`${rotated} access tokens were sealed with the newest key.${file ? '' : ' The older keys may leave ENCRYPTION_KEYS now.'}`);
  } finally {
    await database.close();
    await embedded?.stop();
  }
}

main().catch((error: unknown) => {
  const isForPeople = error instanceof ConfigurationError || error instanceof EmbeddedDatabaseError;
  console.error(isForPeople ? error.message : JSON.stringify(describe(error)));
  process.exitCode = 1;
});
