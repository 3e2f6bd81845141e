import { DownloadOutlined, FileExcelOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getFile } from '../../../lib/api.ts';
import { download } from '../../../lib/download.ts';
import { errorText } from '../../../lib/error-text.ts';
import { useCan } from '../../../lib/session.ts';
import { pathOfIndicator } from './figure-text.ts';
import type { IndicatorView } from './use-indicator-view.ts';

/** The table as it is shown, as a file. Single enterprises need a right of their own. */
export function ExportButtons({ view }: { view: IndicatorView }) {
  const { t } = useTranslation();
  const { notification, message } = App.useApp();
  const can = useCan();
  const [busy, setBusy] = useState<string | null>(null);
  const { indicator, filter, period, measure, by, order } = view;
  if (by === 'enterprise' && !can('fuse:enterprise:export')) return null;
  const save = async (format: 'xlsx' | 'csv') => {
    setBusy(format);
    try {
      const query = { ...filter, period, measure, by, order, format };
      const { blob, name } = await getFile(pathOfIndicator(indicator.code, 'export'), query);
      download(blob, name ?? `${indicator.code}-${period}.${format}`);
      void message.success(t('indicators.exported'));
    } catch (error) {
      const { message: words, hint } = errorText(error, t);
      notification.error({ title: t('indicators.exportFailed'), description: `${words} ${hint}` });
    } finally {
      setBusy(null);
    }
  };
  return (
    <>
      <Button icon={<FileExcelOutlined />} loading={busy === 'xlsx'} onClick={() => void save('xlsx')}>
        {t('indicators.xlsx')}
      </Button>
      <Button icon={<DownloadOutlined />} loading={busy === 'csv'} onClick={() => void save('csv')}>
        {t('indicators.csv')}
      </Button>
    </>
  );
}
