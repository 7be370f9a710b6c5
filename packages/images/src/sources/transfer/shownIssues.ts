import { z } from 'zod';

/** Words of a message: whoever wrote the document could make it as long as the document. */
const MOST = 500;

/** What is wrong with a document that a server sent, fit for a message. */
export function shownIssues(error: z.ZodError): string {
  const text = z.prettifyError(error);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
