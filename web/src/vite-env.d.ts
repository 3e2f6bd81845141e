/// <reference types="vite/client" />
import 'react';

declare module 'react' {
  interface CSSProperties {
    /** Share of the full width, 0 to 1, of the bars on the province screen. */
    '--share'?: number;
  }
}
