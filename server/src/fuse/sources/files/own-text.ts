/** A text of its own: a part that is cut out of a text keeps all of that in memory. */
export const ownText = (text: string): string =>
  text.length < 13 ? text : Buffer.from(text, 'utf8').toString('utf8');
