import { createTransport } from 'nodemailer';

const TIMEOUT_MS = 20_000;

export interface Message {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Where one click, without signing in, ends messages of this kind. */
  unsubscribeUrl: string | null;
  attachments: { filename: string; content: Buffer; contentType: string }[];
}

export interface Mailer {
  /** Resolves once the mail server has taken the message over. @throws when it has not */
  send: (message: Message) => Promise<void>;
  close: () => void;
}

/** Sends through the mail server of a URL such as `smtps://user:password@mail.example.org`. */
export function createMailer(smtpUrl: string, from: string): Mailer {
  const transport = createTransport(
    {
      url: smtpUrl,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      // What a message has in it comes from the program alone.
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  return {
    send: async ({ id, to, subject, text, html, unsubscribeUrl, attachments }) => {
      await transport.sendMail({
        to,
        subject,
        text,
        html,
        // The same message sent twice has the same id, so that a mail program may show it once.
        messageId: `<${id}@${from.split('@').at(-1)?.replace('>', '') ?? 'localhost'}>`,
        attachments,
        ...(unsubscribeUrl
          ? { headers: { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } }
          : {}),
      });
    },
    close: () => transport.close(),
  };
}
