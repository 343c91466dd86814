// What whoever runs the server can do for the people on it: `npm run user -- list`, `npm run user -- reset-password EMAIL`,
// `npm run user -- end-sessions EMAIL`, `npm run user -- invite`.
import { REGISTER_PATH, resetLink } from './access/messages.ts';
import { createLink } from './auth/one-time-link-store.ts';
import { endSessions } from './auth/session-store.ts';
import { findCredentials, listUsers, recordAudit, type User } from './auth/store.ts';
import { CommandError, withDatabase } from './command.ts';
import type { Config } from './config.ts';
import type { Database } from './database/client.ts';

const USAGE = `Say what to do:
  npm run user -- list
  npm run user -- reset-password EMAIL   makes a link for a new password, good for 15 minutes
  npm run user -- end-sessions EMAIL     signs somebody out everywhere
  npm run user -- invite                 makes an invitation, good for a week (with REGISTRATION=invite)`;

const appUrl = (config: Config) => () => config.appUrl ?? `http://localhost:${config.port}`;

async function find(database: Database, email: string | undefined): Promise<User> {
  if (!email) throw new CommandError(USAGE);
  const found = await findCredentials(database, email.trim().toLowerCase());
  if (!found) throw new CommandError(`Nobody has the address ${email}.`);
  return found.user;
}

type Command = (database: Database, config: Config, email: string | undefined) => Promise<void>;

const COMMANDS: Record<string, Command> = {
  list: async (database) => {
    const users = await listUsers(database.pool);
    for (const { email, name, createdAt, sessions } of users)
      console.log(`${email}${name ? ` (${name})` : ''}, since ${createdAt.toISOString().slice(0, 10)}, signed in on ${sessions} devices`);
    if (users.length === 0) console.log('Nobody has an account yet.');
  },
  'reset-password': async (database, config, email) => {
    const user = await find(database, email);
    const url = await resetLink(database.pool, appUrl(config), user.id);
    await recordAudit(database, user.id, 'reset_link');
    console.log(`Give this link to ${user.email}. It is good for 15 minutes, and once:\n${url}`);
  },
  'end-sessions': async (database, _config, email) => {
    const user = await find(database, email);
    const ended = await endSessions(database, user.id, '', null);
    await recordAudit(database, user.id, 'end_other_sessions');
    console.log(`${user.email} is signed out on ${ended} devices.`);
  },
  invite: async (database, config) => {
    if (config.registration !== 'invite') throw new CommandError('Invitations are taken with REGISTRATION=invite.');
    const token = await createLink(database.pool, 'invitation', {});
    console.log(`Good for one account, for a week:\n${appUrl(config)()}${REGISTER_PATH}?${new URLSearchParams({ invitation: token })}`);
  },
};

await withDatabase(async (database, config) => {
  const [name = '', email] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new CommandError(USAGE);
  await command(database, config, email);
});
