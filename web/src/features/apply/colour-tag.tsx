import type { AlertColour } from '@ronghe/contracts';
import { useTranslation } from 'react-i18next';
import './apply.css';

/** Level of an alert: colour, word and roman number, so that nobody depends on the colour. */
export function ColourTag({ colour }: { colour: AlertColour }) {
  const { t } = useTranslation();
  return (
    <span className={`alert-colour ${colour}`}>
      <span className="alert-dot" aria-hidden="true" />
      {t(`alerts.colours.${colour}`)}
    </span>
  );
}
