import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../src/database/embedded.ts';

export interface MortalDatabase {
  /** The same address over every restart. */
  url: string;
  /** kill -9 of the server, and a new one on the same files. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A PostgreSQL of its own behind an address that stays. */
export async function startMortalDatabase(): Promise<MortalDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'kill-database-'));
  // The machine stays up, only processes die: what the server has handed to the system is safe without waiting for the disk.
  const open = () => startEmbeddedDatabase(folder, ['fsync=off']);
  let server: EmbeddedDatabase = await open();
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const upstream = connect(Number(new URL(server.url).port), '127.0.0.1');
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => {
        sockets.delete(end);
        socket.destroy();
        upstream.destroy();
      });
    }
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
  const url = new URL(server.url);
  url.port = String((proxy.address() as AddressInfo).port);
  return {
    url: url.href,
    restart: async () => {
      const [pid] = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGKILL');
      await server.ended;
      for (const socket of sockets) socket.destroy();
      server = await open();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
