import { Button, FileButton, Group, Loader, Textarea } from '@mantine/core';
import { IconFileUpload, IconX } from '@tabler/icons-react';
import { useRef, useState, type DragEvent } from 'react';
import { recogniseBytes, recogniseText, MAX_CERTIFICATE_BYTES, type Recognised } from '../api/pem';
import { text } from '../text/en';
import { CertificateCard } from './CertificateCard';
import classes from './CertificateField.module.css';
import { ErrorNote } from './ErrorNote';
import { Notice } from './Notice';
import type { InspectionState } from './useInspection';

interface Props {
  value: string;
  onChange: (certificate: string) => void;
  inspection: InspectionState;
  error?: string | null | undefined;
}

type Refusal = 'private-key' | 'too-large' | 'unreadable' | null;

/**
 * Takes a certificate by paste, file drop or file choice and shows what is in it. Text that holds a private key goes
 * no further than the first lines of take(): it is not put into the form, not inspected, not sent.
 */
export function CertificateField({ value, onChange, inspection, error }: Props) {
  const [refusal, setRefusal] = useState<Refusal>(null);
  const [dragging, setDragging] = useState(false);
  const resetFile = useRef<() => void>(null);

  const take = (found: Recognised) => {
    setRefusal(found.kind === 'private-key' || found.kind === 'too-large' ? found.kind : null);
    onChange(found.kind === 'text' ? found.text : '');
  };

  const takeFile = async (file: File | null | undefined) => {
    resetFile.current?.();
    if (!file) return;
    if (file.size > MAX_CERTIFICATE_BYTES) return take({ kind: 'too-large' });
    try {
      take(recogniseBytes(new Uint8Array(await file.arrayBuffer())));
    } catch {
      setRefusal('unreadable');
    }
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setDragging(false);
    const file = event.dataTransfer.files[0];
    if (file) void takeFile(file);
    else take(recogniseText(event.dataTransfer.getData('text/plain')));
  };

  const drag = {
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      setDragging(true);
    },
    onDragLeave: () => setDragging(false),
    onDrop: drop,
  };

  return (
    <div className={classes.root}>
      <div className={classes.drop} data-dragging={dragging || undefined} {...drag}>
        <Textarea
          name="certificate"
          label={text.credentials.certificate}
          placeholder={text.credentials.paste}
          value={value}
          error={error}
          rows={6}
          spellCheck={false}
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          classNames={{ input: classes.input }}
          onChange={(event) => take(recogniseText(event.currentTarget.value))}
        />
      </div>
      <Group gap="xs">
        <FileButton
          onChange={(file) => void takeFile(file)}
          resetRef={resetFile}
          accept=".pem,.crt,.cer,.der,.cert,application/x-x509-ca-cert,application/x-pem-file"
        >
          {(props) => (
            <Button {...props} variant="default" size="xs" leftSection={<IconFileUpload size={15} />}>
              {text.credentials.choose}
            </Button>
          )}
        </FileButton>
        {value !== '' && (
          <Button variant="subtle" color="gray" size="xs" leftSection={<IconX size={15} />} onClick={() => onChange('')}>
            {text.credentials.clear}
          </Button>
        )}
        {inspection.reading && (
          <span className={classes.reading}>
            <Loader size={14} /> {text.credentials.reading}
          </span>
        )}
      </Group>
      <div aria-live="polite" className={classes.findings}>
        {refusal === 'private-key' && (
          <Notice kind="bad" urgent title={text.credentials.privateKeyTitle}>
            {text.credentials.privateKey}
          </Notice>
        )}
        {refusal === 'too-large' && <Notice kind="bad">{text.credentials.tooLarge}</Notice>}
        {refusal === 'unreadable' && <Notice kind="bad">{text.credentials.unreadable}</Notice>}
        {inspection.error !== null && <ErrorNote error={inspection.error} />}
        {inspection.problems.map((problem) => {
          const bad = problem.severity === 'error';
          const title = bad ? text.certificate.error : text.certificate.warning;
          return (
            <Notice key={problem.message} kind={bad ? 'bad' : 'warn'} title={title}>
              <span className={classes.sentence}>{problem.message}</span>
            </Notice>
          );
        })}
        {inspection.certificate && (
          <CertificateCard certificate={inspection.certificate} title={text.credentials.replacing} draft />
        )}
      </div>
    </div>
  );
}
