const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 20;

/** A token as the server generates them: 20 letters and digits, about 119 bits. */
export function randomToken(): string {
  let token = '';
  while (token.length < LENGTH) {
    // Values from 248 on are thrown away: they would make some letters likelier than others.
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      if (byte < 4 * ALPHABET.length && token.length < LENGTH) token += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return token;
}
