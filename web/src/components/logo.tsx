/** The mark: two streams that become one. Decorative; the name stands beside it. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#1a4fa3" />
      <g fill="none" strokeLinecap="round" strokeWidth="2.6">
        <path d="M6 8.5c8 0 7 7.5 12 7.5" stroke="#fff" />
        <path d="M6 23.5c8 0 7-7.5 12-7.5" stroke="#f0b27a" />
        <path d="M18 16h8" stroke="#fff" />
      </g>
    </svg>
  );
}
