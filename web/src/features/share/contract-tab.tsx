import { DownloadOutlined } from '@ant-design/icons';
import type { Dataset } from '@ronghe/contracts';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { DataState } from '../../components/data-state.tsx';
import { getFile } from '../../lib/api.ts';
import { download } from '../../lib/download.ts';
import { CodePanel } from './code-panel.tsx';

const FORMATS = ['yaml', 'json'] as const;

/** The contract of a dataset, to be read and to be taken away. */
export function ContractTab({ dataset }: { dataset: Dataset }) {
  const { t } = useTranslation();
  const read = async (format: (typeof FORMATS)[number]) => {
    const { blob } = await getFile(dataset.contract, { format });
    return blob;
  };
  const query = useQuery({
    queryKey: [dataset.contract, 'yaml'],
    queryFn: async () => (await read('yaml')).text(),
  });
  const fileName = (format: string) => `${dataset.id}.odcs.${format}`;
  const save = async (format: (typeof FORMATS)[number]) => download(await read(format), fileName(format));
  return (
    <div className="stack">
      <div className="row spread">
        <p>{t('share.contract.lead')}</p>
        <span className="row">
          {FORMATS.map((format) => (
            <Button
              key={format}
              icon={<DownloadOutlined />}
              disabled={query.data === undefined}
              onClick={() => void save(format)}
            >
              {t('share.contract.download', { name: format.toUpperCase() })}
            </Button>
          ))}
        </span>
      </div>
      <DataState query={query} rows={12}>
        {(text) => <CodePanel name={fileName('yaml')} text={text} copy={t('share.contract.copy')} />}
      </DataState>
    </div>
  );
}
