//! The types of the cells in the zoo's list.

/// `f::<C>` of every cell `C`.
macro_rules! of_every_cell {
    ($f:ident) => {
        [
            $f::<vanilla::TanhRnn>,
            $f::<vanilla::ReluRnn>,
            $f::<vanilla::IndRnn>,
            $f::<vanilla::FastRnn>,
            $f::<vanilla::AntisymmetricRnn>,
            $f::<vanilla::AntisymmetricRnnGated>,
            $f::<vanilla::CoRnn>,
            $f::<vanilla::UnIcoRnn>,
            $f::<lstm::StandardLstm>,
            $f::<lstm::LstmPeephole>,
            $f::<lstm::LstmCifg>,
            $f::<lstm::LstmNoInputGate>,
            $f::<lstm::LstmNoForgetGate>,
            $f::<lstm::LstmNoOutputGate>,
            $f::<lstm::LstmLayerNorm>,
            $f::<lstm::Janet>,
            $f::<lstm::MinLstm>,
            $f::<lstm::Slstm>,
            $f::<lstm::LstmMultiplicative>,
            $f::<lstm::MinLstmLog>,
            $f::<lstm::Lem>,
            $f::<lstm::Nas>,
            $f::<gru::GruResetBefore>,
            $f::<gru::GruResetAfter>,
            $f::<gru::GruLayerNorm>,
            $f::<gru::Mgu>,
            $f::<gru::Ugrnn>,
            $f::<gru::LiGru>,
            $f::<gru::MinGru>,
            $f::<gru::FastGrnn>,
            $f::<gru::Ran>,
            $f::<gru::Sru>,
            $f::<gru::Mut1>,
            $f::<gru::Mut2>,
            $f::<gru::Mut3>,
            $f::<gru::MinGruLog>,
            $f::<gru::Gilr>,
            $f::<gru::Qrnn>,
            $f::<gru::QrnnTwo>,
            $f::<gru::Hgrn>,
            $f::<gru::RgLru>,
        ]
    };
}
pub(crate) use of_every_cell;
