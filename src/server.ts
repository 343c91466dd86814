import { ConfigurationError, readConfig } from './config.ts';
import { EmbeddedDatabaseError } from './database/embedded.ts';
import { growHeapSlowly } from './lib/process.ts';
import { start } from './start.ts';
import { describe } from './web/errors.ts';
import { createLogger } from './web/logger.ts';

const STOP_TIMEOUT_MS = 18_000;

/** Reads the configuration, runs the app, and stops it when asked to. */
async function main() {
  growHeapSlowly();
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const app = await start(config, logger);
  console.log(`\n  Financial Intelligence Dashboard\n  ${app.url}\n`);

  let isStopping = false;
  const stop = async (reason: string, exitCode: number) => {
    if (isStopping) return;
    isStopping = true;
    logger.info({ reason }, 'stopping');
    // Only a stop that hangs is cut off; otherwise the process ends by itself once everything is closed.
    setTimeout(() => {
      logger.error('stopping took too long');
      process.exit(1);
    }, STOP_TIMEOUT_MS).unref();
    await app.stop();
    process.exitCode = exitCode;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0));
  void app.databaseEnded.then((how) => stop(`the embedded database ended: ${how}`, 1));
}

main().catch((error: unknown) => {
  const isForPeople = error instanceof ConfigurationError || error instanceof EmbeddedDatabaseError;
  console.error(isForPeople ? `\n${error.message}\n` : JSON.stringify({ level: 'fatal', ...describe(error) }));
  if ((error as { code?: string }).code === 'EADDRINUSE') console.error('Another program uses this port: set PORT to a free one.');
  process.exitCode = 1;
});
