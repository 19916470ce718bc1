import { Textarea, TextInput } from '@mantine/core';
import { DetailSection } from '../../components/DetailFrame';
import { text } from '../../text/en/profiles';
import classes from './profile.module.css';
import type { SectionProps } from './ProfileForm';

export function GeneralSection({ values, change, errorOf }: SectionProps) {
  return (
    <DetailSection title={text.general}>
      <div className={classes.stack}>
        <TextInput
          name="name"
          label={text.name}
          maxLength={255}
          value={values.name}
          error={errorOf('name')}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
        <Textarea
          name="description"
          label={text.description}
          maxLength={255}
          autosize
          minRows={2}
          maxRows={6}
          value={values.description}
          error={errorOf('description')}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
      </div>
    </DetailSection>
  );
}
