//! Short names that stand for a sampler with parameters.

use super::{TABLE, info};
use crate::parameters::{Value, Values};

/// Keys and values as texts.
type Pairs = &'static [(&'static str, &'static str)];

/// Fixed short names; [`resolve`] also knows families of them that end in numbers.
const ALIASES: &[(&str, &str, Pairs)] = &[
    ("plms4", "pndm_plms", &[]),
    ("plms4_lower", "pndm_plms", &[]),
    ("plms4_heun", "pndm_plms", &[("warm_up", "heun")]),
    ("plms4_prk", "pndm_plms", &[("warm_up", "prk")]),
    ("plms2", "pndm_plms", &[("order", "2")]),
    ("genie", "ddim_taylor2", &[]),
    ("reverse_sde_ve", "li_stochastic_plain", &[]),
    ("ddpm_small", "ddpm", &[("variance", "small")]),
    ("ddpm_large", "ddpm", &[("variance", "large")]),
    ("li_stochastic_accel_paper", "li_stochastic_accel", &[("form", "paper")]),
    ("li_stochastic_accel_repo", "li_stochastic_accel", &[("form", "repo")]),
    ("li_stochastic_accel_cifar", "li_stochastic_accel", &[("form", "cifar")]),
];

/// Beginnings of names, the sampler and the parameter that the number after them sets.
const NUMBERED: &[(&str, &str, &str, Pairs)] = &[
    ("ge_gamma", "gradient_estimation", "gamma", &[]),
    ("ddim_eta", "ddim", "eta", &[]),
    ("edm_stochastic_churn", "edm_stochastic", "s_churn", &[]),
    ("deis_t", "deis", "order", &[("variable", "t")]),
    ("deis_rho", "deis", "order", &[("variable", "sigma")]),
    ("deis_sigma", "deis", "order", &[("variable", "sigma")]),
    ("deis_logrho", "deis", "order", &[("variable", "log_sigma")]),
    ("deis_abar", "deis", "order", &[("variable", "alpha_bar")]),
];

/// Ends of names, and the parameter that each sets where the sampler has it: `curved_pc_history`, `unipc2_bh2_analytic`.
const ENDINGS: &[(&str, &str, &str)] =
    &[("_history", "slope", "history"), ("_none", "slope", "none"), ("_analytic", "first_step", "analytic")];

/// Short names for people to see: those that are fixed, and the beginnings that a number completes.
pub fn short_names() -> Vec<String> {
    let numbered = NUMBERED.iter().map(|(prefix, ..)| format!("{prefix}<number>"));
    let fixed = ALIASES.iter().map(|(alias, ..)| (*alias).to_string());
    let endings = ENDINGS.iter().map(|(ending, key, _)| format!("<sampler with a parameter {key}>{ending}"));
    fixed.chain(numbered).chain(["unipc<order>_<bh1|bh2>[_eps]".into()]).chain(endings).collect()
}

/// The sampler that `name` means, in the table's words, with the parameters the name implies: a name of the table, or a short
/// one such as `deis_t3`, `unipc2_bh1`, `plms4_heun`, `ge_gamma1.5`, `ge_gamma2_mu0.5`, `ddpm_small`, `curved_pc_history`.
pub fn resolve(name: &str) -> Option<(&'static str, Values)> {
    if let Some(info) = info(name) {
        return Some((info.value, Values::new()));
    }
    let values =
        |pairs: &[(&str, &str)]| -> Values { pairs.iter().map(|&(key, text)| (key.into(), value(text))).collect() };
    if let Some((_, sampler, pairs)) = ALIASES.iter().find(|(alias, ..)| *alias == name) {
        return Some((sampler, values(pairs)));
    }
    let ended = |(ending, key, text): &(&str, &str, &str)| {
        let (sampler, mut values) = resolve(name.strip_suffix(ending)?)?;
        let has = info(sampler)?.parameters.iter().any(|parameter| parameter.key == *key);
        (has && values.insert((*key).into(), value(text)).is_none()).then_some((sampler, values))
    };
    if let Some(resolved) = ENDINGS.iter().find_map(ended) {
        return Some(resolved);
    }
    if let Some((order, b)) = name.strip_prefix("unipc").and_then(|rest| rest.split_once('_')) {
        let (b, prediction) = b.split_once('_').unwrap_or((b, "x0"));
        let prediction = if prediction == "eps" { "noise" } else { "denoised" };
        let known = ["1", "2", "3"].contains(&order) && ["bh1", "bh2"].contains(&b);
        return known.then(|| ("unipc", values(&[("order", order), ("b", b), ("prediction", prediction)])));
    }
    NUMBERED.iter().find_map(|(prefix, sampler, key, pairs)| {
        let rest = name.strip_prefix(prefix)?;
        let (number, mu) = rest.split_once("_mu").map_or((rest, None), |(number, mu)| (number, Some(mu)));
        let mut values = values(pairs);
        values.insert((*key).into(), Value::Number(number.parse().ok()?));
        if let Some(mu) = mu {
            values.insert("mu".into(), Value::Number(mu.parse().ok()?));
        }
        let entry = TABLE.iter().find(|info| info.value == *sampler)?;
        Some((entry.value, values))
    })
}

fn value(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::Text(text.into()), Value::Number)
}
