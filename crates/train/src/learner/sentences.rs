//! What an encoder and decoder writes for single sequences and for the sentences of a split.

use super::SCORED;
use super::encoder_decoder::longest;
use crate::{Attended, TrainError, WrittenSentence};
use data::{
    BatchSettings, SequenceBatches, SequenceData, SequenceInputs, SequenceTargets, Sequences,
    Split, TextAnswers, TextCodec,
};
use model::{Beam, EncoderDecoder, Hypothesis};
use std::num::NonZeroUsize;
use task::Window;

/// Sentences whose attention is kept.
const ATTENDED: usize = 8;
/// The most tokens of their sources.
const MOST_ATTENDED: usize = 24;

/// What a model writes for each sequence of a window: with a beam of one the likeliest token at each step, else
/// the best that the beam finds.
pub(super) fn searched(
    model: &EncoderDecoder,
    window: &Window,
    beam: Beam,
) -> Result<Vec<Hypothesis>, TrainError> {
    let longest = longest(window);
    if beam.size.get() == 1 {
        return Ok(model.greedy(window, &longest)?);
    }
    let found = model.beam(window, &longest, beam)?;
    Ok(found.into_iter().map(|best| best.into_iter().next().unwrap_or_default()).collect())
}

/// The answer to a sequence of tokens, which is not empty; without its end.
pub(crate) fn answer(
    model: &EncoderDecoder,
    source: &[u32],
    beam: Beam,
) -> Result<Vec<u32>, TrainError> {
    let inputs = SequenceInputs::Tokens([source.to_vec()].into_iter().collect());
    // Nothing is known of the answer.
    let targets = SequenceTargets::Sequences([vec![model.end()]].into_iter().collect());
    let window = Sequences::new(inputs, targets)?.batch(&[0]);
    let found = searched(model, &window, beam)?.into_iter().next();
    let mut tokens = found.unwrap_or_default().tokens;
    if tokens.last() == Some(&model.end()) {
        tokens.pop();
    }
    Ok(tokens)
}

/// What it writes for the sentences of a split, in their order.
pub(crate) fn sentences(
    model: &EncoderDecoder,
    data: &SequenceData,
    split: Split,
) -> Result<Vec<WrittenSentence>, TrainError> {
    let Some(answers) = &data.answers else { return Ok(Vec::new()) };
    let settings = BatchSettings { batch: SCORED, ..BatchSettings::default() };
    let batches = SequenceBatches::evaluation(data.split(split), settings)?;
    let mut written = Vec::new();
    for (batch, numbers) in batches.iter().zip(batches.sequences()) {
        let found = searched(model, &batch, Beam::new(NonZeroUsize::MIN))?;
        let sentences = found.iter().zip(numbers).zip(&batch.lengths);
        written.extend(sentences.map(|((found, &number), &steps)| {
            sentence(data.text.as_ref(), answers, data.split(split), (split, number, steps), found)
        }));
    }
    written.sort_by_key(|sentence| sentence.number);
    // Of the first that fit on a page.
    let mut shown = 0;
    for sentence in &mut written {
        let fits = shown < ATTENDED && sentence.steps <= MOST_ATTENDED;
        match fits {
            true => shown += usize::from(sentence.attention.is_some()),
            false => sentence.attention = None,
        }
    }
    Ok(written)
}

fn sentence(
    read: Option<&TextCodec>,
    answers: &TextAnswers,
    sequences: &Sequences,
    (split, number, steps): (Split, usize, usize),
    found: &Hypothesis,
) -> WrittenSentence {
    let texts = answers.of(split);
    let text = |texts: &[String]| texts.get(number).cloned().unwrap_or_default();
    let words = |codec: &TextCodec, ids: &[u32]| -> Vec<String> {
        let word = |&id: &u32| codec.vocabulary.word(id).unwrap_or_default().to_owned();
        ids.iter().map(word).collect()
    };
    let ids = match sequences.inputs() {
        SequenceInputs::Tokens(inputs) => inputs.get(number).unwrap_or_default(),
        _ => &[],
    };
    let attention = read.filter(|_| !found.attention.is_empty()).map(|read| Attended {
        read: words(read, ids),
        written: words(&answers.codec, &found.tokens),
        shares: found.attention.iter().map(|shares| thousandths(shares, ids.len())).collect(),
    });
    WrittenSentence {
        number,
        steps,
        source: text(&texts.sources),
        reference: answers.reference(split, number),
        answer: answers.codec.decode(&found.tokens),
        attention,
    }
}

/// The shares of the first `steps`, which are those of the source; others are filling.
fn thousandths(shares: &[f32], steps: usize) -> Vec<u16> {
    shares.iter().take(steps).map(|share| (1000.0 * share.clamp(0.0, 1.0)).round() as u16).collect()
}
