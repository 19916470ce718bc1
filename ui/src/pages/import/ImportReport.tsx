import { Button, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Link } from 'wouter';
import { saveFile } from '../../app/files';
import { paths } from '../../app/paths';
import { Notice } from '../../components/Notice';
import { imports } from '../../text/en/imports';
import type { ImportJob } from './importJob';
import classes from './ImportPage.module.css';
import { readRefusals, writeRefusals, type Refusal } from './refusals';

interface Props {
  job: ImportJob;
  onAgain: () => void;
  /** Back to the columns of the same file; without: it is not at hand any more. */
  onBack: (() => void) | undefined;
}

/** What became of the file: counts, and each row that was refused with the server's reason. */
export function ImportReport({ job, onAgain, onBack }: Props) {
  const { result } = job;
  const refusals = result ? readRefusals(result.errorsList, job.lineShift) : [];
  return (
    <div className={classes.card}>
      {result ? (
        <>
          <div role="status">
            <Title order={2} size="h4">
              {imports.done}
            </Title>
          </div>
          <dl className={classes.counts}>
            {(['created', 'updated', 'errors'] as const).map((name) => (
              <div key={name} data-bad={(name === 'errors' && result.errors > 0) || undefined}>
                <dt>{imports.counts[name]}</dt>
                <dd>{result[name].toLocaleString('en')}</dd>
              </div>
            ))}
          </dl>
        </>
      ) : job.state === 'stopped' ? (
        <Notice kind="info" urgent>
          {imports.stopped}
        </Notice>
      ) : (
        <Notice kind="bad" urgent title={imports.failed}>
          {job.error}
        </Notice>
      )}
      {result !== undefined && refusals.length > 0 && <Refusals refusals={refusals} total={result.errors} fileName={job.fileName} />}
      <div className={classes.submit}>
        {onBack && !result && (
          <Button variant="default" onClick={onBack}>
            {imports.back}
          </Button>
        )}
        <Button variant="default" onClick={onAgain}>
          {imports.again}
        </Button>
        <Button component={Link} href={paths.group('all')}>
          {imports.look}
        </Button>
      </div>
    </div>
  );
}

function Refusals({ refusals, total, fileName }: { refusals: Refusal[]; total: number; fileName: string }) {
  const title = refusals.length < total ? imports.refusedFirst(refusals.length, total) : imports.refused(total);
  return (
    <>
      <div className={classes.refusedHead}>
        <Title order={3} size="h5">
          {title}
        </Title>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={15} />}
          onClick={() => saveFile(writeRefusals(refusals), fileName.replace(/(\.\w+)?$/, '-refused.csv'))}
        >
          {imports.download}
        </Button>
      </div>
      <div className={classes.refused} tabIndex={0} role="region" aria-label={title}>
        <table>
          <thead>
            <tr>
              <th scope="col">{imports.line}</th>
              <th scope="col">{imports.reason}</th>
            </tr>
          </thead>
          <tbody>
            {refusals.map(({ line, reason }, index) => (
              <tr key={index}>
                <td>{line ?? '–'}</td>
                <td>{reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
