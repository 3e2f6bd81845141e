import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../lib/use-format.ts';
import { type Kept, readsByItself } from './kept.ts';

type UnfinishedProps = { kept: Kept; busy: boolean; onResume: () => void; onDrop: () => void };

/** Offers to go on with a source whose page was left or loaded anew. */
export function Unfinished({ kept, busy, onResume, onDrop }: UnfinishedProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = kept.naming?.name || kept.file || t(`source.kinds.${kept.kind}`);
  return (
    <section className="notice" aria-label={t('wizard.unfinished.title')}>
      <div className="row spread">
        <span>
          <strong>{t('wizard.unfinished.title')}</strong>{' '}
          {t('wizard.unfinished.what', {
            name,
            step: t(`wizard.step.${kept.step}`),
            at: format.dateTime(new Date(kept.keptAt).toISOString()),
          })}{' '}
          {!readsByItself(kept) && t('wizard.unfinished.secrets')}
        </span>
        <span className="row">
          <Button type="primary" loading={busy} onClick={onResume}>
            {t('wizard.unfinished.resume')}
          </Button>
          <Button disabled={busy} onClick={onDrop}>
            {t('wizard.unfinished.drop')}
          </Button>
        </span>
      </div>
    </section>
  );
}
