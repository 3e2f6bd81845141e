import type { Point } from '@ronghe/contracts';
import { Drawer } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../components/figures.tsx';
import { TrendPanel } from './trend-panel.tsx';

type TrendDrawerProps = { point: Point | null; onClose: () => void; extra?: ReactNode };

/** One point from close by: present value, trend, what it is. */
export function TrendDrawer({ point, onClose, extra }: TrendDrawerProps) {
  const { t } = useTranslation();
  return (
    <Drawer
      open={point !== null}
      onClose={onClose}
      size={720}
      title={point?.name ?? ''}
      extra={extra}
      destroyOnHidden
    >
      {point && (
        <div className="stack">
          <TrendPanel point={point} />
          <Facts
            items={[
              { label: t('collect.points.key'), value: <code>{point.key}</code> },
              { label: t('collect.points.equipment'), value: point.equipment ?? '—' },
              { label: t('collect.points.unit'), value: point.unit ?? t('collect.points.noUnit') },
              { label: t('collect.points.type'), value: t(`collect.points.types.${point.type}`) },
              { label: t('collect.points.collector'), value: point.collector ?? '—' },
              { label: t('collect.points.organisation'), value: <code>{point.organisation}</code> },
            ]}
          />
        </div>
      )}
    </Drawer>
  );
}
