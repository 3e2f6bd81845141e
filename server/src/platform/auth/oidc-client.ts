import * as oauth from 'oauth4webapi';
import { isSecure, type OidcPerson, type OidcSettings, personOf } from '#platform/auth/oidc.ts';
import type { Clock } from '#platform/clock/clock.ts';
import { AppError } from '#platform/errors/errors.ts';

/** Longest a question to the provider may take. */
const PROVIDER_MS_MAX = 10_000;
/** How long the provider's metadata are trusted. */
const METADATA_MS = 10 * 60_000;

/** Values of one sign-in that only this browser and this server know. */
export type OidcSecrets = { state: string; nonce: string; verifier: string };

/** The one OpenID provider people may sign in through. */
export type OidcClient = {
  newSecrets(): OidcSecrets;
  /** The address at the provider where a person signs in. @throws OIDC_UNAVAILABLE */
  authorizationUrl(secrets: OidcSecrets): Promise<URL>;
  /**
   * Who came back: state, issuer, code, PKCE, nonce, audience, times and signature of the ID token are all checked.
   * @throws OIDC_FAILED, OIDC_UNAVAILABLE
   */
  personOf(answer: URLSearchParams, secrets: OidcSecrets): Promise<OidcPerson>;
};

export function createOidcClient(settings: OidcSettings, clock: Clock): OidcClient {
  const { issuer, clientSecret, redirectUri, scope, userClaim } = settings;
  const client: oauth.Client = { client_id: settings.clientId };
  const options = () => ({
    [oauth.allowInsecureRequests]: issuer.protocol === 'http:' && isSecure(issuer),
    signal: AbortSignal.timeout(PROVIDER_MS_MAX),
  });
  const keys: oauth.JWKSCacheInput = {};
  let known: { server: oauth.AuthorizationServer; untilMs: number } | null = null;

  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const nowMs = clock.now().getTime();
    if (known && known.untilMs > nowMs) return known.server;
    const server = await reach(async () =>
      oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options())),
    );
    known = { server, untilMs: nowMs + METADATA_MS };
    return server;
  };

  const exchange = async (answer: URLSearchParams, secrets: OidcSecrets): Promise<OidcPerson> => {
    const server = await discover();
    const parameters = oauth.validateAuthResponse(server, client, answer, secrets.state);
    const response = await oauth.authorizationCodeGrantRequest(
      ...([server, client, authenticationOf(server, clientSecret), parameters, redirectUri] as const),
      secrets.verifier,
      options(),
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: secrets.nonce,
      requireIdToken: true,
    });
    // Not only the connection is trusted: a proxy of TLS in between must not make people up.
    await oauth.validateApplicationLevelSignature(server, response, {
      ...options(),
      [oauth.jwksCache]: keys,
    });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (!claims?.sub) throw new AppError('OIDC_FAILED');
    const person = personOf(claims, userClaim);
    if (person.username !== null || server.userinfo_endpoint === undefined) return person;
    const asked = await oauth.userInfoRequest(server, client, tokens.access_token, options());
    return personOf(await oauth.processUserInfoResponse(server, client, claims.sub, asked), userClaim);
  };

  return {
    newSecrets: () => ({
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
    }),

    async authorizationUrl({ state, nonce, verifier }) {
      const { authorization_endpoint: endpoint } = await discover();
      if (endpoint === undefined || !URL.canParse(endpoint) || !isSecure(new URL(endpoint)))
        throw new AppError('OIDC_UNAVAILABLE');
      const address = new URL(endpoint);
      const parameters = {
        ...{
          client_id: client.client_id,
          redirect_uri: redirectUri,
          response_type: 'code',
          scope,
          state,
          nonce,
        },
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
      return address;
    },

    personOf: (answer, secrets) =>
      exchange(answer, secrets).catch((error: unknown) => {
        if (error instanceof AppError) throw error;
        throw new AppError(isAway(error) ? 'OIDC_UNAVAILABLE' : 'OIDC_FAILED', {}, { cause: error });
      }),
  };
}

/** As the provider says it wants it, Basic when it says nothing (OpenID Connect Discovery 1.0, 3). */
function authenticationOf(server: oauth.AuthorizationServer, secret: string | null): oauth.ClientAuth {
  if (secret === null) return oauth.None();
  const ways = server.token_endpoint_auth_methods_supported;
  const post = ways?.includes('client_secret_post') && !ways.includes('client_secret_basic');
  return post ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
}

async function reach<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw new AppError('OIDC_UNAVAILABLE', {}, { cause: error });
  }
}

/** A provider that did not answer, or only with a fault of its own; everything else is an answer that was refused. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return true;
  if (error instanceof TypeError && error.message === 'fetch failed') return true;
  return error.cause instanceof Response && error.cause.status >= 500;
}
