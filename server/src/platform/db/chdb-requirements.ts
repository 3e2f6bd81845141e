import { existsSync, readFileSync } from 'node:fs';
import { AppError } from '#platform/errors/errors.ts';

/** What the embedded engine needs to know of the machine. */
export type Machine = {
  platform: string;
  arch: string;
  /** version of glibc, undefined on musl and outside Linux */
  glibc: string | undefined;
  /** the flags of the first processor, empty when unknown */
  processorFlags: string;
};

/**
 * Refuses a machine on which libchdb would not load, or, worse, would end the process by an illegal instruction.
 * It needs glibc on Linux, AVX2 on x64 (the build is for x86-64-v3), or macOS.
 * @throws AppError ENGINE_START_FAILED with the reason
 */
export function checkMachine(machine: Machine = thisMachine()): void {
  const { platform, arch, glibc, processorFlags } = machine;
  if (!['linux', 'darwin'].includes(platform) || !['x64', 'arm64'].includes(arch))
    throw refuseAnalytics(`there is no build for ${platform} on ${arch}`);
  if (platform !== 'linux') return;
  if (glibc === undefined) throw refuseAnalytics('it needs glibc; this system has another C library (musl?)');
  if (arch === 'x64' && processorFlags !== '' && !/\bavx2\b/.test(processorFlags))
    throw refuseAnalytics('it needs a processor with AVX2');
}

/** An engine that cannot start here, with the way out: a server of one's own. */
export const refuseAnalytics = (reason: string, cause?: unknown): AppError =>
  new AppError(
    'ENGINE_START_FAILED',
    { engine: 'ClickHouse', reason, setting: 'RONGHE_CLICKHOUSE_URL' },
    { cause },
  );

function thisMachine(): Machine {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  const information = '/proc/cpuinfo';
  const flags = existsSync(information)
    ? /^flags\s*:(.*)$/m.exec(readFileSync(information, 'utf8'))?.[1]
    : undefined;
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: header?.glibcVersionRuntime,
    processorFlags: flags ?? '',
  };
}
