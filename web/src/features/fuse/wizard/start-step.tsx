import {
  ApiOutlined,
  CloudOutlined,
  CodeOutlined,
  DatabaseOutlined,
  DownloadOutlined,
  FolderOpenOutlined,
  SendOutlined,
} from '@ant-design/icons';
import type { ConnectorTemplate, SourceKind, Upload } from '@ronghe/contracts';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../../components/data-state.tsx';
import { Panel } from '../../../components/page.tsx';
import { getFile } from '../../../lib/api.ts';
import { download } from '../../../lib/download.ts';
import { useGet } from '../../../lib/query.ts';
import { usePick } from '../../../lib/use-format.ts';
import { useNotify } from '../use-notify.ts';
import { DropZone } from './drop-zone.tsx';

type Other = Exclude<SourceKind, 'upload'>;
const OTHERS: readonly { kind: Other; icon: ReactNode }[] = [
  { kind: 'database', icon: <DatabaseOutlined aria-hidden /> },
  { kind: 'http-json', icon: <ApiOutlined aria-hidden /> },
  { kind: 'folder', icon: <FolderOpenOutlined aria-hidden /> },
  { kind: 'object', icon: <CloudOutlined aria-hidden /> },
  { kind: 'program', icon: <CodeOutlined aria-hidden /> },
  { kind: 'push', icon: <SendOutlined aria-hidden /> },
];

type StartStepProps = {
  busy: boolean;
  onUploaded: (upload: Upload) => void;
  onKind: (kind: Other) => void;
  onTemplate: (template: ConnectorTemplate) => void;
};

/** Where the data is now: a file to be dropped first, everything else below it. */
export function StartStep({ busy, onUploaded, onKind, onTemplate }: StartStepProps) {
  const { t } = useTranslation();
  return (
    <>
      <DropZone onUploaded={onUploaded} busy={busy} />
      <Panel title={t('wizard.start.others')}>
        <ul className="choices">
          {OTHERS.map(({ kind, icon }) => (
            <li key={kind}>
              <button type="button" className="choice" onClick={() => onKind(kind)}>
                <span className="choice-icon">{icon}</span>
                <strong>{t(`source.kinds.${kind}`)}</strong>
                <span className="faint">{t(`wizard.start.kinds.${kind}`)}</span>
              </button>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={t('wizard.start.templates')}>
        <Templates onTemplate={onTemplate} />
      </Panel>
    </>
  );
}

function Templates({ onTemplate }: { onTemplate: (template: ConnectorTemplate) => void }) {
  const { t } = useTranslation();
  const pick = usePick();
  const query = useGet<{ items: ConnectorTemplate[] }>('/api/fuse/templates');
  return (
    <DataState
      query={query}
      rows={3}
      isEmpty={(list) => list.items.length === 0}
      empty={{ title: t('wizard.start.noTemplates') }}
    >
      {(list) => (
        <ul className="choices wide">
          {list.items.map((template) => (
            <li key={template.key} className="template">
              <div>
                <strong>{pick(template.name)}</strong>
                <div className="faint">{pick(template.giver)}</div>
              </div>
              <p>{pick(template.summary)}</p>
              <div className="row">
                <Button
                  size="small"
                  aria-label={t('wizard.start.useOf', { name: pick(template.name) })}
                  onClick={() => onTemplate(template)}
                >
                  {t('wizard.start.use')}
                </Button>
                <WorkbookButton template={template} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </DataState>
  );
}

/** An empty workbook with the template's columns, to be filled in by who delivers. */
export function WorkbookButton({ template }: { template: ConnectorTemplate }) {
  const { t } = useTranslation();
  const pick = usePick();
  const notify = useNotify();
  const save = async () => {
    try {
      const { blob, name } = await getFile(`/api/fuse/templates/${template.key}/workbook`);
      download(blob, name ?? `${template.key}.xlsx`);
    } catch (error) {
      notify.failed(error);
    }
  };
  return (
    <Button
      size="small"
      icon={<DownloadOutlined />}
      aria-label={t('wizard.start.workbookOf', { name: pick(template.name) })}
      onClick={() => void save()}
    >
      {t('wizard.start.workbook')}
    </Button>
  );
}
