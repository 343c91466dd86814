import pg from 'pg';

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;

/** Hears what is notified on one channel, on a connection of its own that is made again when it is lost. */
export interface Listener {
  /**
   * Calls `onMessage` with what is notified from now on; with null when something may have been missed.
   * @returns what ends it
   */
  listen: (onMessage: (message: string | null) => void) => () => void;
  close: () => Promise<void>;
}

/** @param channel a name of ours: it becomes part of a statement */
export function createListener(connection: pg.ClientConfig, channel: string, onError: (error: Error) => void): Listener {
  const handlers = new Set<(message: string | null) => void>();
  const tell = (message: string | null) => {
    for (const handler of handlers) handler(message);
  };
  let isClosed = false;
  let isStarted = false;
  let retryMs = RETRY_MIN_MS;
  let client: pg.Client | undefined;
  let waiting: NodeJS.Timeout | undefined;

  const connect = async () => {
    const own = new pg.Client(connection);
    client = own;
    let isLost = false;
    const lose = (error?: Error) => {
      if (isLost || isClosed) return;
      isLost = true;
      if (error) onError(error);
      own.end().catch(onError);
      waiting = setTimeout(() => void connect(), retryMs);
      retryMs = Math.min(RETRY_MAX_MS, retryMs * 2);
    };
    own.on('notification', ({ payload }) => tell(payload ?? ''));
    own.on('error', lose);
    own.on('end', () => lose());
    try {
      await own.connect();
      await own.query(`LISTEN ${channel}`);
      retryMs = RETRY_MIN_MS;
      // Before this moment nobody was listening.
      tell(null);
    } catch (error) {
      lose(error as Error);
    }
  };

  return {
    listen: (onMessage) => {
      handlers.add(onMessage);
      if (!isStarted && !isClosed) {
        isStarted = true;
        void connect();
      }
      return () => void handlers.delete(onMessage);
    },
    close: async () => {
      isClosed = true;
      clearTimeout(waiting);
      handlers.clear();
      await client?.end().catch(() => undefined);
    },
  };
}
