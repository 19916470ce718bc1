import { Button } from '@mantine/core';
import { ProgressBar } from '../../components/ProgressBar';
import { imports } from '../../text/en/imports';
import { size } from '../../text/size';
import { stopImport, type ImportJob } from './importJob';
import classes from './ImportPage.module.css';

export function ImportProgress({ job }: { job: ImportJob }) {
  const percent = job.size === 0 ? 100 : Math.floor((job.sent / job.size) * 100);
  return (
    <div className={classes.card}>
      <strong className={classes.file}>{imports.file(job.fileName, size(job.size))}</strong>
      <p className={classes.hint}>{job.state === 'finishing' ? imports.finishing : imports.sending}</p>
      <ProgressBar value={job.state === 'finishing' ? null : job.sent} max={job.size} label={imports.progress(percent)} />
      <p className={classes.hint}>{imports.leave}</p>
      <Button variant="default" onClick={stopImport}>
        {imports.stop}
      </Button>
    </div>
  );
}
