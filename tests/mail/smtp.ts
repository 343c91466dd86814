import { type AddressInfo, createServer } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

export interface TestMailServer {
  url: string;
  mails: (ParsedMail & { recipients: string[] })[];
  /** Called when a message has arrived whole, before it is accepted. What it throws is answered as a refusal. */
  onMessage: (mail: ParsedMail) => void | Promise<void>;
  /** Stops listening; at the same port it may be started again. */
  stop: () => Promise<void>;
  start: () => Promise<void>;
}

/** A real mail server on this machine. */
export async function startMailServer(): Promise<TestMailServer> {
  let server: SMTPServer;
  let port = 0;
  const create = () =>
    new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onData: (stream, session, done) => {
        simpleParser(stream)
          .then(async (mail) => {
            await mailServer.onMessage(mail);
            mailServer.mails.push(Object.assign(mail, { recipients: session.envelope.rcptTo.map(({ address }) => address) }));
          })
          .then(
            () => done(),
            (error: Error) => done(error),
          );
      },
    });
  const mailServer: TestMailServer = {
    get url() {
      return `smtp://127.0.0.1:${port}`;
    },
    mails: [],
    onMessage: () => undefined,
    start: async () => {
      server = create();
      // A client that is killed leaves its connection in the middle.
      server.on('error', () => undefined);
      await new Promise<void>((ready) => server.listen(port, '127.0.0.1', () => ready()));
      port = (server.server.address() as AddressInfo).port;
    },
    stop: () => new Promise<void>((stopped) => server.close(() => stopped())),
  };
  // A port of its own, kept over restarts.
  port = await new Promise<number>((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address() as AddressInfo;
      probe.close(() => found(free));
    });
  });
  await mailServer.start();
  return mailServer;
}
