/** How an operation is called; the word tells it, the colour only helps. */
export const MethodMark = ({ method }: { method: string }) => (
  <span className={`method ${method.toLowerCase()}`}>{method}</span>
);
