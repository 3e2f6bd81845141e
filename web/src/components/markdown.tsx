import { type Block, blocksOf, type Inline } from '../lib/markdown.ts';
import './markdown.css';

/** A text in the Markdown of our guides, as elements; its headings begin at the level that the page has room for. */
export function Markdown({ text, level = 3 }: { text: string; level?: 2 | 3 | 4 }) {
  return (
    <div className="markdown">
      {blocksOf(text).map((block, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one text never change places
        <OneBlock key={at} block={block} level={level} />
      ))}
    </div>
  );
}

function OneBlock({ block, level }: { block: Block; level: number }) {
  switch (block.kind) {
    case 'heading': {
      const Heading = `h${Math.min(6, block.level + level - 1)}` as 'h3';
      return (
        <Heading>
          <Pieces of={block.text} />
        </Heading>
      );
    }
    case 'paragraph':
      return (
        <p>
          <Pieces of={block.text} />
        </p>
      );
    case 'list': {
      const items = block.items.map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the items of one text never change places
        <li key={at}>
          <Pieces of={item} />
        </li>
      ));
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case 'table':
      return <Table head={block.head} rows={block.rows} />;
    case 'code':
      return (
        <pre>
          <code>{block.text}</code>
        </pre>
      );
  }
}

function Table({ head, rows }: { head: Inline[][]; rows: Inline[][][] }) {
  return (
    <div className="table-scroll">
      <table className="data">
        <thead>
          <tr>
            {head.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns of one text never change places
              <th key={at} scope="col">
                <Pieces of={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of one text never change places
            <tr key={line}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns of one text never change places
                <td key={at}>
                  <Pieces of={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Pieces({ of }: { of: readonly Inline[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text never change places
  return of.map((piece, at) => <Piece key={at} piece={piece} />);
}

function Piece({ piece }: { piece: Inline }) {
  switch (piece.kind) {
    case 'text':
      return piece.text;
    case 'code':
      return <code>{piece.text}</code>;
    case 'strong':
      return <strong>{piece.text}</strong>;
    case 'link':
      return (
        <a href={piece.to} target="_blank" rel="noreferrer">
          {piece.text}
        </a>
      );
  }
}
