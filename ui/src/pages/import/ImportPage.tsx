import { Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keys } from '../../app/keys';
import { Notice } from '../../components/Notice';
import { useTitle } from '../../components/useTitle';
import { imports } from '../../text/en/imports';
import { ChooseFile } from './ChooseFile';
import { ColumnsForm } from './ColumnsForm';
import { bodyOf, guessReading, readHead, readTable, type Head, type HeadFault, type Reading } from './importFile';
import { clearImport, startImport, useImportJob } from './importJob';
import { ImportProgress } from './ImportProgress';
import { ImportReport } from './ImportReport';
import classes from './ImportPage.module.css';

interface Chosen {
  file: File;
  head: Head;
  reading: Reading;
  update: boolean;
}

/** Choose a file, say what its columns are, send it, and read what became of it. */
export default function ImportPage() {
  useTitle(imports.title);
  const queryClient = useQueryClient();
  const job = useImportJob();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [fault, setFault] = useState<HeadFault | null>(null);

  const choose = async (file: File) => {
    const head = await readHead(file);
    setFault(typeof head === 'string' ? head : null);
    setChosen(typeof head === 'string' ? null : { file, head, reading: guessReading(head), update: false });
  };

  const send = ({ file, head, reading, update }: Chosen) => {
    const table = readTable(head, reading.delimiter, reading.hasHeader);
    void startImport({
      fileName: file.name,
      body: bodyOf(file, table, reading),
      delimiter: reading.delimiter,
      update,
      lineShift: table.linesBefore - 1,
      onEnd: () => {
        for (const queryKey of [keys.lists, keys.devices, keys.profiles]) void queryClient.invalidateQueries({ queryKey });
      },
    });
  };

  const isRunning = job?.state === 'sending' || job?.state === 'finishing';
  return (
    <section className={classes.root} aria-labelledby="import-title">
      <Title order={1} id="import-title" className={classes.title}>
        {imports.title}
      </Title>
      <p className={classes.lead}>{imports.lead}</p>
      {isRunning && <ImportProgress job={job} />}
      {job !== null && !isRunning && (
        <ImportReport
          job={job}
          onAgain={() => {
            clearImport();
            setChosen(null);
          }}
          onBack={chosen === null ? undefined : clearImport}
        />
      )}
      {job === null && (
        <>
          <ChooseFile file={chosen?.file ?? null} onChoose={(file) => void choose(file)} />
          {fault !== null && (
            <Notice kind="bad" urgent>
              {imports[fault]}
            </Notice>
          )}
          {chosen !== null && (
            <ColumnsForm
              file={chosen.file}
              head={chosen.head}
              reading={chosen.reading}
              update={chosen.update}
              onChange={(reading, update) => setChosen({ ...chosen, reading, update })}
              onSubmit={() => send(chosen)}
            />
          )}
        </>
      )}
    </section>
  );
}
