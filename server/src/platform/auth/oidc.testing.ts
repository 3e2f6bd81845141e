import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the platform is known by at both providers of the tests. */
export const OIDC_CLIENT = {
  id: 'ronghe',
  secret: 'a-secret-of-the-tests-alone',
  publicUrl: 'http://ronghe.test',
  callback: 'http://ronghe.test/api/auth/oidc/callback',
};

type Listening = { issuer: string; stop(): Promise<void> };

async function listen(server: Server): Promise<Listening> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type ProviderClass = new (issuer: string, settings: unknown) => { callback(): RequestListener };

/**
 * A real OpenID provider (oidc-provider) on this machine, where anybody signs in under the name they type; the subject is
 * that name too.
 */
export async function startProvider(): Promise<Listening> {
  // The package brings no types; what is used of it stands above.
  const name: string = 'oidc-provider';
  const { default: Provider } = (await import(name)) as { default: ProviderClass };
  let answer: RequestListener = (_request, response) => response.end();
  const server = createServer((request, response) => answer(request, response));
  const listening = await listen(server);
  const provider = new Provider(listening.issuer, {
    clients: [
      {
        client_id: OIDC_CLIENT.id,
        client_secret: OIDC_CLIENT.secret,
        redirect_uris: [OIDC_CLIENT.callback],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'name'] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, name: `${id} 同志` }),
    }),
    cookies: { keys: ['a-key-of-the-tests'] },
    pkce: { required: () => true },
  });
  answer = provider.callback();
  return listening;
}

/** Goes through the pages of the provider as a browser does, and ends at the address that it sends the person back to. */
export async function signInAt(start: string, username: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let [address, body]: [URL, string | null] = [new URL(start), null];
  for (let step = 0; step < 12; step += 1) {
    const answer: Response = await fetch(address, {
      method: body === null ? 'GET' : 'POST',
      body,
      redirect: 'manual',
      headers: {
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    body = null;
    const location = answer.headers.get('location');
    if (location !== null) {
      address = new URL(location, address);
      if (address.href.startsWith(OIDC_CLIENT.callback)) return address;
      continue;
    }
    const page: string = await answer.text();
    const [, action] = /<form[^>]*action="([^"]+)"/.exec(page) ?? [];
    const prompt: string | undefined = /name="prompt" value="([^"]+)"/.exec(page)?.[1];
    if (action === undefined || prompt === undefined)
      throw new Error(`${answer.status} ${page.slice(0, 400)}`);
    address = new URL(action, address);
    body = new URLSearchParams({
      prompt,
      ...(prompt === 'login' ? { login: username, password: 'any' } : {}),
    }).toString();
  }
  throw new Error('the provider sends the browser in circles');
}

/** What a false provider puts into an ID token, and how it signs it. */
export type Forgery = {
  claims?: Record<string, unknown>;
  algorithm?: 'RS256' | 'none' | 'HS256';
  foreignKey?: boolean;
  metadata?: Record<string, unknown>;
  status?: number;
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A provider that lies as it is told. The test gives it the nonce, which it would know from the browser. */
export async function startFalseProvider() {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let forgery: Forgery = {};
  let nonce = '';
  const idToken = (issuer: string): string => {
    const { algorithm = 'RS256', claims = {}, foreignKey = false } = forgery;
    const now = Math.floor(Date.now() / 1000);
    const honest = {
      ...{ iss: issuer, aud: OIDC_CLIENT.id, sub: 'liar', iat: now, exp: now + 300, nonce },
      preferred_username: 'wang',
    };
    const text = `${part({ alg: algorithm, kid: 'one' })}.${part({ ...honest, ...claims })}`;
    if (algorithm === 'none') return `${text}.`;
    const { privateKey } = foreignKey ? foreign : own;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  const server = createServer((request, response) => {
    const issuer = `http://${request.headers.host}`;
    const answers: Record<string, unknown> = {
      '/.well-known/openid-configuration': {
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
        ...{ jwks_uri: `${issuer}/keys`, authorization_response_iss_parameter_supported: true },
        ...forgery.metadata,
      },
      '/keys': {
        keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }],
      },
      '/token': { access_token: 'a', token_type: 'Bearer', id_token: idToken(issuer) },
    };
    response.writeHead(request.url === '/token' ? (forgery.status ?? 200) : 200, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
  });
  return {
    ...(await listen(server)),
    /** Lies from now on; `authorization` is the address the platform sent the browser to. */
    lie(next: Forgery, authorization: string) {
      forgery = next;
      nonce = new URL(authorization).searchParams.get('nonce') ?? '';
    },
  };
}
