import type { Collector } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../components/page.tsx';
import { Tag, type Tone } from '../../components/tags.tsx';
import { useFormat } from '../../lib/use-format.ts';
import { type AppliedState, appliedState } from './applied-state.ts';
import { useConfiguration } from './configuration/configuration-tab.tsx';

const TONES = {
  none: 'plain',
  'own-file': 'plain',
  applied: 'good',
  waiting: 'info',
  offline: 'warn',
  refused: 'bad',
} as const satisfies Record<AppliedState['kind'], Tone>;

/** By which configuration a collector works, and what became of the newest one. */
export function AppliedPanel({ collector }: { collector: Collector }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useConfiguration(collector.name);
  if (!data) return null;
  const state = appliedState(collector, data);
  const tab = (name: string, at?: string) => ({ tab: name, ...(at ? { at } : {}) });
  return (
    <Panel
      title={t('fleet.applied.title')}
      actions={
        <Link
          to="/collect/collectors/$name"
          params={{ name: collector.name }}
          search={tab('configuration') as never}
        >
          {t('fleet.applied.open')}
        </Link>
      }
    >
      <div className="stack">
        <div className="row">
          <Tag tone={TONES[state.kind]}>{t(`fleet.applied.states.${state.kind}`)}</Tag>
          <span>
            {t(`fleet.applied.texts.${state.kind}`, {
              version: state.newest ?? 0,
              running: state.running ?? 0,
            })}
          </span>
        </div>
        {data.newest && state.kind !== 'own-file' && (
          <span className="faint">
            {t('fleet.applied.made', {
              version: data.newest.version,
              who: data.newest.madeBy,
              when: format.dateTime(data.newest.madeAt),
            })}
            {data.newest.note !== '' && ` — ${data.newest.note}`}
          </span>
        )}
        {state.issues.length > 0 && (
          <ul className="issues">
            {state.issues.map(({ path, message }) => (
              <li key={`${path} ${message}`}>
                <Link
                  to="/collect/collectors/$name"
                  params={{ name: collector.name }}
                  search={tab('configuration', path) as never}
                >
                  <code>{path}</code>
                </Link>
                <span>{message}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}
