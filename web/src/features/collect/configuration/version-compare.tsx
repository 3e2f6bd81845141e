import type { Configuration, ProtocolSchema } from '@ronghe/contracts';
import { Drawer } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { useGet } from '../../../lib/query.ts';
import { diffConfigurations } from './config-diff.ts';
import { configurationPath } from './configuration-path.ts';
import { DiffView } from './diff-view.tsx';

type CompareProps = {
  collector: string;
  versions: readonly [number, number];
  protocols: Readonly<Record<string, ProtocolSchema>>;
  onClose: () => void;
};

/** What is different from the older of two versions to the newer. */
export function VersionCompare({ collector, versions: [older, newer], protocols, onClose }: CompareProps) {
  const { t } = useTranslation();
  return (
    <Drawer open onClose={onClose} size={760} title={t('fleet.versions.compareTitle', { older, newer })}>
      <VersionDiff collector={collector} versions={[older, newer]} protocols={protocols} />
    </Drawer>
  );
}

/** The difference itself, once both versions are here. */
export function VersionDiff({ collector, versions: [from, to], protocols }: Omit<CompareProps, 'onClose'>) {
  const path = `${configurationPath(collector)}/versions`;
  const old = useGet<Configuration>(`${path}/${from}`);
  const next = useGet<Configuration>(`${path}/${to}`);
  const diff = useMemo(
    () => old.data && next.data && diffConfigurations(old.data.document, next.data.document, protocols),
    [old.data, next.data, protocols],
  );
  return (
    <DataState query={old}>
      {() => <DataState query={next}>{() => diff && <DiffView diff={diff} />}</DataState>}
    </DataState>
  );
}
