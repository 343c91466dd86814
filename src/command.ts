import { type Config, ConfigurationError, readConfig } from './config.ts';
import { type Database, openDatabase } from './database/client.ts';
import { DataDirectoryInUse, EmbeddedDatabaseError, startEmbeddedDatabase } from './database/embedded.ts';
import { describe } from './web/errors.ts';

/** What somebody at the command line has to be told: no fault, so nothing of the program is shown with it. */
export class CommandError extends Error {}

/**
 * Runs a command on the server's database, embedded or not, and closes it. What went wrong is printed, and the process then ends with a
 * code that says so.
 */
export async function withDatabase(work: (database: Database, config: Config) => Promise<unknown>): Promise<void> {
  try {
    const config = readConfig(process.env);
    const server = config.databaseUrl ? { url: config.databaseUrl, stop: async () => undefined } : await embeddedDatabase(config.dataDir);
    const database = openDatabase(server.url, () => undefined);
    try {
      await work(database, config);
    } finally {
      await database.close();
      await server.stop();
    }
  } catch (error) {
    const isForPeople = error instanceof ConfigurationError || error instanceof EmbeddedDatabaseError || error instanceof CommandError;
    console.error(isForPeople ? error.message : describe(error));
    process.exitCode = 1;
  }
}

/** The embedded database: that of the app which is running, or else started for this command. */
async function embeddedDatabase(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  try {
    return await startEmbeddedDatabase(dataDir);
  } catch (error) {
    if (error instanceof DataDirectoryInUse && error.url !== null) return { url: error.url, stop: async () => undefined };
    throw error;
  }
}
