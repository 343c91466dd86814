import { randomUUID } from 'node:crypto';
import type { RunningProgram } from './program.ts';

export interface Person {
  cookie: string;
}

/** A newly registered person's session at a running program. */
export async function registerAt(app: RunningProgram): Promise<Person> {
  const response = await fetch(`${app.url}/register`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ email: `kill-${randomUUID()}@example.org`, password: 'correct-battery-horse-42' }),
  });
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  return { cookie: cookies.join('; ') };
}

/** The JSON that a running program answers. Throws when the status is no success. */
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
export async function sendTo(app: RunningProgram, { cookie }: Person, method: string, path: string, body?: unknown): Promise<any> {
  const response = await fetch(app.url + path, {
    method,
    headers: { cookie, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
  return response.json();
}
