# Regression on sqrt(1/n1 + 1/n2): Rscript make.R, in this folder. Needs metafor (its data too), jsonlite.
suppressMessages(library(metafor))
library(jsonlite)

tests <- function(d) {
  d <- escalc(
    "SMD", m1i = m1i, sd1i = sd1i, n1i = n1i, m2i = m2i, sd2i = sd2i, n2i = n2i, data = d
  )
  d <- d[!is.na(d$yi), ]
  x <- sqrt(1 / d$n1i + 1 / d$n2i)
  # To convergence: the default threshold is an absolute 1e-5.
  f <- rma(yi, vi, mods = ~x, data = d, control = list(threshold = 1e-14, maxiter = 100000))
  w <- summary(lm(d$yi ~ x, weights = 1 / d$vi))$coefficients
  list(
    yi = c(d$yi), vi = c(d$vi), n1i = as.numeric(d$n1i), n2i = as.numeric(d$n2i),
    mixed = list(
      slope = f$beta[2], slope_se = f$se[2], stat = f$zval[2], pval = f$pval[2],
      limit_est = f$beta[1], limit_ci_lb = f$ci.lb[1], limit_ci_ub = f$ci.ub[1], tau2 = f$tau2
    ),
    multiplicative = list(
      slope = w[2, 1], slope_se = w[2, 2], stat = w[2, 3], pval = w[2, 4],
      limit_est = w[1, 1], limit_se = w[1, 2]
    )
  )
}

sets <- list(
  normand1999 = tests(dat.normand1999),
  gibson2002 = tests(dat.gibson2002),
  curtis1998 = tests(dat.curtis1998)
)
document <- list(program = "R 4.2.2, metafor 3.8-1, metadat 1.2-0", data_sets = sets)
writeLines(toJSON(document, auto_unbox = TRUE, digits = NA), "figures.json")
