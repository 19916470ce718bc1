import { Button, FileButton } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { useRef, useState, type DragEvent } from 'react';
import { imports } from '../../text/en/imports';
import { size } from '../../text/size';
import classes from './ImportPage.module.css';

interface Props {
  file: File | null;
  onChoose: (file: File) => void;
}

export function ChooseFile({ file, onChoose }: Props) {
  const [dragging, setDragging] = useState(false);
  const reset = useRef<() => void>(null);
  const take = (chosen: File | null | undefined) => {
    // The same file, changed meanwhile, can be chosen again.
    reset.current?.();
    if (chosen) onChoose(chosen);
  };
  const drag = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setDragging(true);
    },
    onDragLeave: () => setDragging(false),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setDragging(false);
      take(event.dataTransfer.files[0]);
    },
  };
  return (
    <div className={classes.drop} data-dragging={dragging || undefined} data-chosen={file !== null || undefined} {...drag}>
      {file !== null && <strong className={classes.file}>{imports.file(file.name, size(file.size))}</strong>}
      <FileButton onChange={take} resetRef={reset} accept=".csv,.txt,text/csv,text/plain">
        {(props) => (
          <Button {...props} variant={file === null ? 'filled' : 'default'} leftSection={<IconFileUpload size={17} />}>
            {file === null ? imports.choose : imports.chooseOther}
          </Button>
        )}
      </FileButton>
      <span className={classes.hint}>{imports.drop}</span>
      {file === null && <p className={classes.hint}>{imports.dropHint}</p>}
    </div>
  );
}
