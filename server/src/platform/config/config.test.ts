import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AppError } from '#platform/errors/errors.ts';
import { environmentName, loadConfig } from './config.ts';

const fileWith = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'ronghe-config-')), 'ronghe.yaml');
  writeFileSync(file, text);
  return file;
};
const faultsOf = (input: Parameters<typeof loadConfig>[0]): string[] => {
  try {
    loadConfig(input);
  } catch (error) {
    if (error instanceof AppError) return (error.details ?? []).map(({ message }) => message);
    throw error;
  }
  return [];
};

describe('the configuration', () => {
  it('has a default for everything', () => {
    const config = loadConfig({ environment: {}, file: 'nowhere.yaml' });
    expect(config).toMatchObject({ port: 8080, host: '127.0.0.1', mqttPort: 1883, organisationPath: 'jx' });
    expect(config.data).toMatch(/^\/.*data$/);
  });

  it('takes the file over the default, the environment over the file and the command line over both', () => {
    const file = fileWith('port: 1111\nhost: 0.0.0.0\nlogLevel: warn\n');
    const config = loadConfig({
      environment: { RONGHE_PORT: '2222', RONGHE_HOST: '::1' },
      file,
      overrides: { port: '3333' },
    });
    expect(config).toMatchObject({ port: 3333, host: '::1', logLevel: 'warn' });
  });

  it('splits lists of the environment at commas', () => {
    const config = loadConfig({
      environment: { RONGHE_FUSE_SOURCE_HOSTS: 'a:1, b:2' },
      file: 'nowhere.yaml',
    });
    expect(config.fuseSourceHosts).toEqual(['a:1', 'b:2']);
  });

  it.each([
    [
      'an unknown key of the file',
      { file: () => fileWith('prot: 1\n'), environment: {} },
      /ronghe\.yaml: unknown key "prot"; allowed: data, port/,
    ],
    [
      'an unknown variable',
      { environment: { RONGHE_PROT: '1' } },
      /unknown environment variable RONGHE_PROT; allowed: RONGHE_DATA/,
    ],
    [
      'a port out of range',
      { environment: { RONGHE_PORT: '70000' } },
      /RONGHE_PORT: port is "70000", but .*65535/,
    ],
    [
      'a word that is not allowed',
      { environment: { RONGHE_LOG_LEVEL: 'loud' } },
      /RONGHE_LOG_LEVEL: logLevel is "loud", but .*"trace"/,
    ],
    ['a file that is no YAML', { file: () => fileWith('a: [1\n'), environment: {} }, /is not valid YAML/],
    [
      'a file that is a list',
      { file: () => fileWith('- a\n'), environment: {} },
      /must hold keys and values/,
    ],
    [
      'a bad address of a server',
      { environment: { RONGHE_POSTGRES_URL: 'mysql://x' } },
      /a URL such as postgres:\/\//,
    ],
  ])(
    'refuses %s and says what is allowed',
    (_name, { file, environment }: { file?: () => string; environment: Record<string, string> }, message) => {
      expect(faultsOf({ environment, file: file?.() ?? 'nowhere.yaml' }).join('\n')).toMatch(message);
    },
  );

  it('never shows a secret in an error', () => {
    expect(
      faultsOf({ environment: { RONGHE_ADMIN_PASSWORD: 'tooshort' }, file: 'nowhere.yaml' }).join(),
    ).toMatch(/\(hidden\)/);
    expect(
      faultsOf({ environment: { RONGHE_ADMIN_PASSWORD: 'tooshort' }, file: 'nowhere.yaml' }).join(),
    ).not.toContain('tooshort');
  });

  it('tells every fault at once', () => {
    expect(
      faultsOf({ environment: { RONGHE_PORT: 'x', RONGHE_SESSION_HOURS: '-1' }, file: 'nowhere.yaml' }),
    ).toHaveLength(2);
  });

  it('leaves the variables of the other processes alone', () => {
    expect(
      faultsOf({ environment: { RONGHE_CLI_URL: 'x', RONGHE_TEST_POSTGRES_URL: 'y' }, file: 'nowhere.yaml' }),
    ).toEqual([]);
  });

  it('names the variable of a key', () => expect(environmentName('postgresUrl')).toBe('RONGHE_POSTGRES_URL'));
});
