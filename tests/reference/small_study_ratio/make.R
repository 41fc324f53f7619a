# Peters' and Harbord's tests: Rscript make.R, in this folder. Needs metafor (its data too), jsonlite.
suppressMessages(library(metafor))
library(jsonlite)

row <- function(s) {
  list(
    slope = s[2, 1], slope_se = s[2, 2], stat = s[2, 3], pval = s[2, 4],
    limit_est = s[1, 1], limit_se = s[1, 2]
  )
}

tests <- function(ai, n1i, ci, n2i) {
  # Doubles: the products below overflow an integer.
  ai <- as.numeric(ai); n1i <- as.numeric(n1i); ci <- as.numeric(ci); n2i <- as.numeric(n2i)
  N <- n1i + n2i; E <- ai + ci; H <- N - E
  keep <- E > 0 & H > 0
  found <- list(ai = ai, n1i = n1i, ci = ci, n2i = n2i)
  for (m in c("OR", "RR")) {
    es <- escalc(m, ai = ai, n1i = n1i, ci = ci, n2i = n2i, add = 0.5, to = "only0")
    yi <- c(es$yi)
    w <- 1 / (1 / E + 1 / H)
    ninv <- 1 / N
    peters <- row(summary(lm(yi ~ ninv, weights = w, subset = keep))$coefficients)
    # The same by metafor.
    reg <- regtest(yi[keep], vi = (1 / w)[keep], ni = N[keep], predictor = "ninv", model = "lm")
    stopifnot(abs(reg$zval - peters$stat) < 1e-9 * abs(peters$stat))
    if (m == "OR") {
      Z <- ai - E * n1i / N
      V <- E * H * n1i * n2i / (N^2 * (N - 1))
    } else {
      Z <- (ai * N - E * n1i) / H
      V <- n1i * n2i * E / (N * H)
    }
    # As Harbord et al. write it: the intercept of Z / sqrt(V) on sqrt(V) is the bias.
    z <- (Z / sqrt(V))[keep]
    root <- sqrt(V)[keep]
    harbord <- row(summary(lm(z ~ root))$coefficients[2:1, ])
    found[[m]] <- list(
      yi = yi, vi = c(es$vi), k = sum(keep), df = sum(keep) - 2,
      peters = peters, harbord = harbord
    )
  }
  found
}

of <- function(d) tests(d$ai, d$n1i, d$ci, d$n2i)
b <- dat.bcg
sets <- list(
  bcg = tests(b$tpos, b$tpos + b$tneg, b$cpos, b$cpos + b$cneg),
  nielweise2007 = of(dat.nielweise2007),
  egger2001 = of(dat.egger2001),
  hine1989 = of(dat.hine1989),
  li2007 = of(dat.li2007),
  # Made up: one table without events, and one with nothing else.
  made_with_empty = tests(
    c(0, 3, 5, 10, 4, 20, 0, 8), c(50, 60, 20, 40, 30, 20, 25, 33),
    c(0, 1, 9, 16, 4, 15, 2, 15), c(52, 61, 22, 38, 31, 15, 25, 30)
  )
)
document <- list(program = "R 4.2.2, metafor 3.8-1, metadat 1.2-0", data_sets = sets)
writeLines(toJSON(document, auto_unbox = TRUE, digits = NA), "figures.json")
