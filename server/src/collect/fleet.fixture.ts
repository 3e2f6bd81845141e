import type { CollectorWithCode, EnrolmentAnswer } from '@ronghe/contracts';
import type { Http } from '#platform/http/http.ts';
import { startTestPlatform, type TestPlatform } from '#platform/testing/platform.ts';
import { collect, collectMigrations } from './index.ts';

export const PLANT = 'jx.copper';
export const OTHER = 'jx.magnet';
type Answer<Body> = { status: number; body: Body };
type Call = <Body = { error: { code: string; message: string; details?: { path: string }[] } }>(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  options?: { token?: string | null; body?: object },
) => Promise<Answer<Body>>;

/** A platform with the domain `collect`, two plants, and people of each. */
export type FleetFixture = {
  platform: TestPlatform;
  http: Http;
  /** Without a token: as the engineer of PLANT. `null`: as nobody. */
  call: Call;
  tokens: { engineer: string; stranger: string; officer: string };
  /** A collector of PLANT that has enrolled. */
  enrolled(name: string): Promise<{ key: string }>;
  stop(): Promise<void>;
};

export async function startFleet(): Promise<FleetFixture> {
  const platform = await startTestPlatform({ domains: [collectMigrations] });
  const domain = collect(platform);
  const http = await platform.serve([domain]);
  for (const path of [PLANT, OTHER])
    await platform.auth.addOrganisation(platform.scope(), {
      path,
      kind: 'enterprise',
      name: path,
      division: null,
      code: null,
    });
  const tokens = {
    engineer: await platform.signIn({ organisation: PLANT, role: 'plant-engineer' }),
    stranger: await platform.signIn({ organisation: OTHER, role: 'plant-engineer' }),
    officer: await platform.signIn({ organisation: 'jx', role: 'officer' }),
  };
  await domain.start?.();
  const call: Call = async (method, url, { token = tokens.engineer, body } = {}) => {
    const response = await http.inject({
      method,
      url,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { payload: body }),
    });
    return { status: response.statusCode, body: (response.body ? response.json() : null) as never };
  };
  return {
    platform,
    http,
    call,
    tokens,
    async enrolled(name) {
      const made = await call<CollectorWithCode>('POST', '/api/collect/enrolments', {
        body: { name, title: name, organisation: PLANT },
      });
      const { body } = await call<EnrolmentAnswer>('POST', '/api/collect/enrol', {
        token: null,
        body: { code: made.body.enrolment.code },
      });
      return { key: body.key };
    },
    stop: () => platform.stop(),
  };
}
