import { Button, FileButton, Group, Loader, Textarea } from '@mantine/core';
import { IconFileUpload, IconX } from '@tabler/icons-react';
import { useRef, useState, type DragEvent } from 'react';
import { recogniseText } from '../api/pem';
import { credentials as credentialsTexts, certificate as certificateTexts } from '../text/en/credentials';
import { deviceText } from '../text/en/device';
import { CertificateCard } from './CertificateCard';
import { CertificateChoice } from './CertificateChoice';
import classes from './CertificateField.module.css';
import { MAX_CANDIDATES, nothing, takeFiles, takeText, type Taken } from './certificateFiles';
import { ErrorNote } from './ErrorNote';
import { Notice } from './Notice';
import type { InspectionState } from './useInspection';

interface Props {
  value: string;
  onChange: (certificate: string) => void;
  inspection: InspectionState;
  error?: string | null | undefined;
  /** Of the device that it is for, if there is one yet. */
  deviceId?: string;
}

/**
 * Takes a certificate by paste, file drop or file choice and shows what is in it; of several it asks which. Text that
 * holds a private key goes no further than recogniseText(): it is not put into the form, not inspected, not sent.
 */
export function CertificateField({ value, onChange, inspection, error, deviceId }: Props) {
  const [taken, setTaken] = useState<Taken>(nothing);
  const [isGuessed, setGuessed] = useState(true);
  const [dragging, setDragging] = useState(false);
  const resetFile = useRef<() => void>(null);
  const { refusal } = taken;

  const take = (found: Taken) => {
    setTaken(found);
    setGuessed(true);
    onChange(found.candidates[0]?.pem ?? '');
  };

  const choose = (files: File[]) => {
    resetFile.current?.();
    if (files.length > 0) void takeFiles(files).then(take);
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setDragging(false);
    const files = [...event.dataTransfer.files];
    if (files.length > 0) choose(files);
    else take(takeText(recogniseText(event.dataTransfer.getData('text/plain'))));
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
          label={credentialsTexts.certificate}
          placeholder={credentialsTexts.paste}
          value={value}
          error={error}
          rows={6}
          spellCheck={false}
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          classNames={{ input: classes.input }}
          onChange={(event) => take(takeText(recogniseText(event.currentTarget.value)))}
        />
      </div>
      <Group gap="xs">
        <FileButton
          multiple
          onChange={choose}
          resetRef={resetFile}
          accept=".pem,.crt,.cer,.der,.cert,application/x-x509-ca-cert,application/x-pem-file"
        >
          {(props) => (
            <Button {...props} variant="default" size="xs" leftSection={<IconFileUpload size={15} />}>
              {deviceText.certificateChoice.choose}
            </Button>
          )}
        </FileButton>
        {value !== '' && (
          <Button variant="subtle" color="gray" size="xs" leftSection={<IconX size={15} />} onClick={() => take(nothing)}>
            {credentialsTexts.clear}
          </Button>
        )}
        {inspection.reading && (
          <span className={classes.reading}>
            <Loader size={14} /> {credentialsTexts.reading}
          </span>
        )}
      </Group>
      <div aria-live="polite" className={classes.findings}>
        {refusal === 'private-key' && (
          <Notice kind="bad" urgent title={credentialsTexts.privateKeyTitle}>
            {credentialsTexts.privateKey}
          </Notice>
        )}
        {refusal === 'too-large' && <Notice kind="bad">{credentialsTexts.tooLarge}</Notice>}
        {refusal === 'unreadable' && <Notice kind="bad">{credentialsTexts.unreadable}</Notice>}
        {taken.keyFiles.length > 0 && (
          <Notice kind="warn" urgent title={deviceText.certificateChoice.leftOut(taken.keyFiles.join(', '))}>
            {deviceText.certificateChoice.leftOutText}
          </Notice>
        )}
        {taken.isCut && <Notice kind="warn">{deviceText.certificateChoice.tooMany(MAX_CANDIDATES)}</Notice>}
        {value !== '' && taken.candidates.length > 1 && (
          <CertificateChoice
            candidates={taken.candidates}
            value={value}
            deviceId={deviceId}
            isGuessed={isGuessed}
            onChoose={(pem, byHand) => {
              if (byHand) setGuessed(false);
              onChange(pem);
            }}
          />
        )}
        {inspection.error !== null && <ErrorNote error={inspection.error} />}
        {inspection.problems.map((problem) => {
          const bad = problem.severity === 'error';
          const title = bad ? certificateTexts.error : certificateTexts.warning;
          return (
            <Notice key={problem.message} kind={bad ? 'bad' : 'warn'} title={title}>
              <span className={classes.sentence}>{problem.message}</span>
            </Notice>
          );
        })}
        {inspection.certificate && (
          <CertificateCard certificate={inspection.certificate} title={credentialsTexts.replacing} draft />
        )}
      </div>
    </div>
  );
}
