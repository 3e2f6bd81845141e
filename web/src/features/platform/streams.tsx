/** The picture of the sign-in page: many streams become one. Computed, so that nothing has to be loaded. */
export function Streams() {
  return (
    <svg
      className="streams"
      viewBox="0 0 720 900"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      {LINES.map(({ path, tone, width, opacity }) => (
        <path
          key={path}
          d={path}
          fill="none"
          stroke={tone}
          strokeWidth={width}
          strokeOpacity={opacity}
          strokeLinecap="round"
        />
      ))}
      {LINES.map(({ start, tone, opacity }) => (
        <circle
          key={`${start[0]},${start[1]}`}
          cx={start[0]}
          cy={start[1]}
          r="3"
          fill={tone}
          fillOpacity={opacity + 0.25}
        />
      ))}
      <circle cx="556" cy="330" r="5" fill="#f4c08a" />
      <circle cx="556" cy="330" r="14" fill="none" stroke="#f4c08a" strokeOpacity="0.5" />
    </svg>
  );
}

const COUNT = 22;
const LINES = Array.from({ length: COUNT }, (_, index) => {
  const share = index / (COUNT - 1);
  // A fixed pseudo-random offset keeps the picture calm and the same on every load.
  const wander = Math.sin(index * 12.9898) * 0.5;
  const startX = 24 + Math.abs(wander) * 190;
  const startY = 30 + share * 640;
  const copper = index % 5 === 2;
  const bend = 300 + wander * 120;
  const end = `556 330`;
  return {
    start: [Math.round(startX), Math.round(startY)] as const,
    path: `M${startX.toFixed(0)} ${startY.toFixed(0)} C${bend.toFixed(0)} ${startY.toFixed(0)} ${(bend + 40).toFixed(0)} 330 ${end} L760 330`,
    tone: copper ? '#f0b27a' : '#9dc0f5',
    width: copper ? 1.8 : 1.1,
    opacity: 0.22 + Math.abs(wander) * 0.5,
  };
});
