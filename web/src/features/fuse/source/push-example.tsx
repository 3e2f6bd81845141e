import type { Source } from '@ronghe/contracts';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../../components/copy-button.tsx';
import { Panel } from '../../../components/page.tsx';

const FIELDS_SHOWN = 4;

/** How another system hands rows or change events over, ready to be copied. */
export function PushExample({ source }: { source: Source }) {
  const { t } = useTranslation();
  const text = exampleOf(source, window.location.origin);
  return (
    <Panel title={t('source.push.title')} actions={<CopyButton text={text} />}>
      <div className="stack">
        <pre className="json">{text}</pre>
        <p className="faint">
          {t('source.push.hint')} <Link to="/platform/keys">{t('nav.keys')}</Link>
        </p>
      </div>
    </Panel>
  );
}

/** A request of curl for one row of a source, with its first fields. */
export function exampleOf(source: Source, origin: string): string {
  const fields = source.mappings.slice(0, FIELDS_SHOWN).map(({ from }) => from.split('|')[0] ?? from);
  const row = Object.fromEntries(fields.map((field) => [field, '…']));
  const events = source.connection.format === 'debezium';
  const key = `${source.key}-0001`;
  const body = events
    ? { payload: { op: 'c', before: null, after: row, ts_ms: 0 } }
    : { idempotencyKey: key, rows: [row] };
  return [
    `curl -X POST '${origin}/api/fuse/sources/${source.id}/${events ? 'events' : 'rows'}' \\`,
    '  -H "authorization: Bearer $RONGHE_KEY" -H "content-type: application/json" \\',
    ...(events ? [`  -H 'idempotency-key: ${key}' \\`] : []),
    `  -d '${JSON.stringify(body)}'`,
  ].join('\n');
}
