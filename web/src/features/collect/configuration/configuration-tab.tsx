import type { Collector, ConfigurationState } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { useGet } from '../../../lib/query.ts';
import { ConfigurationEditor } from './configuration-editor.tsx';
import { configurationPath } from './configuration-path.ts';

/** While a collector has not told what it can do, the page looks again. */
const WAITING_REFRESH_MS = 4_000;

export function useConfiguration(collector: string) {
  return useGet<ConfigurationState>(
    configurationPath(collector),
    {},
    { refreshMs: (state) => (state && Object.keys(state.protocols).length > 0 ? false : WAITING_REFRESH_MS) },
  );
}

/** The configuration of a collector: to be edited when the platform manages it, explained when it does not. */
export function ConfigurationTab({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  const query = useConfiguration(collector.name);
  return (
    <DataState query={query}>
      {(state) => {
        if (state.managed === false) return <OwnFile />;
        if (Object.keys(state.protocols).length === 0 && state.newest === null)
          return (
            <div className="panel empty">
              <strong>{t('fleet.editor.neverHere')}</strong>
              <span>{t('fleet.editor.neverHereHint')}</span>
            </div>
          );
        return <ConfigurationEditor collector={collector} state={state} reload={() => query.refetch()} />;
      }}
    </DataState>
  );
}

/** A collector that is configured by a file of its own, and how it is handed over. */
function OwnFile() {
  const { t } = useTranslation();
  return (
    <Panel title={t('fleet.ownFile.title')}>
      <div className="stack prose">
        <p>{t('fleet.ownFile.text')}</p>
        <ol className="steps">
          <li>{t('fleet.ownFile.step1')}</li>
          <li>{t('fleet.ownFile.step2')}</li>
          <li>{t('fleet.ownFile.step3')}</li>
        </ol>
        <pre className="json">{'collector: …\nmanaged: true\nserver:\n  url: …'}</pre>
        <p className="faint">{t('fleet.ownFile.note')}</p>
      </div>
    </Panel>
  );
}
