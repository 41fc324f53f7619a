# The figures of this folder: cd tests/reference/correlated_effects && Rscript make.R
# Needs R with robumeta, metafor, clubSandwich and jsonlite. Inputs are the effects, clusters and
# designs already carried in ../dependence and ../meta_regression.

suppressMessages({library(robumeta); library(metafor); library(clubSandwich); library(jsonlite)})

version <- function(package) paste(package, packageDescription(package)$Version)
program <- paste(c(sapply(c("robumeta", "metafor", "clubSandwich"), version),
                   sub(" version", "", sub(" \\(.*", "", R.version.string))), collapse = ", ")
datasets <- c("assink2016", "begg1989", "curtis1998", "konstantopoulos2011", "lehmann2018")
sets <- c("CR0", "CR1", "CR1_Stata1", "CR1_Stata2")
adjust <- list(CR0 = FALSE, CR1 = TRUE, CR1_Stata1 = "Stata1", CR1_Stata2 = "Stata2")

# Shortest decimals that read back to the same double; a vector is a list, a single number too.
shortest <- function(value) {
  for (digits in 15:17) {
    text <- formatC(value, digits = digits, format = "g", width = -1)
    if (as.numeric(text) == value) break
  }
  text
}
array_of <- function(values) {
  structure(paste0("[", paste(sapply(values, shortest), collapse = ","), "]"), class = "json")
}

as_formula <- function(x) {
  terms <- if (ncol(x) > 1) colnames(x)[-1] else "1"
  as.formula(paste("yi ~", paste(terms, collapse = " + ")))
}

correlated <- function(x, data, rho) {
  # sensitivity() prints three digits of the same fits: here each is run in full.
  fit <- robu(as_formula(x), data = data, studynum = study, var.eff.size = vi,
              modelweights = "CORR", rho = rho, small = TRUE)
  table <- fit$reg_table
  list(rho = rho, tau2 = c(fit$mod_info$tau.sq), I2 = c(fit$mod_info$I.2), b = table$b.r,
       se = table$SE, stat = table$t, df = table$dfs, ci_lb = table$CI.L, ci_ub = table$CI.U,
       # robumeta prints 2 (1 - pt(|t|)), which has no digits left where p is small.
       pval = 2 * pt(-abs(table$t), table$dfs))
}

clustered <- function(x, data) {
  fit <- rma(yi, vi, mods = x, intercept = FALSE, data = data,
             control = list(threshold = 1e-13, maxiter = 10000))
  result <- list(tau2 = fit$tau2)
  for (kind in sets) {
    r <- robust(fit, cluster = data$study, adjust = adjust[[kind]])
    result[[kind]] <- list(b = c(r$beta), se = r$se, stat = r$zval,
                           df = rep(as.numeric(r$dfs), ncol(x)), pval = r$pval,
                           ci_lb = r$ci.lb, ci_ub = r$ci.ub)
  }
  v <- vcovCR(fit, cluster = data$study, type = "CR2")
  test <- coef_test(fit, vcov = v, test = "Satterthwaite")
  interval <- conf_int(fit, vcov = v)
  result$CR2 <- list(b = test$beta, se = test$SE, stat = test$tstat, df = test$df_Satt,
                     pval = test$p_Satt, ci_lb = interval$CI_L, ci_ub = interval$CI_U,
                     vcov = c(v))
  result
}

model <- function(label, x, data) {
  list(label = label, X_columns = lapply(seq_len(ncol(x)), function(i) x[, i]),
       correlated_effects = lapply(c(0, .2, .4, .6, .8, 1), function(rho) correlated(x, data, rho)),
       cluster_robust = clustered(x, data))
}

for (name in datasets) {
  source <- fromJSON(file.path("../dependence", paste0(name, ".json")))
  designs <- fromJSON(file.path("../meta_regression", paste0(name, ".json")),
                      simplifyVector = FALSE)
  base <- data.frame(yi = source$yi, vi = source$vi, study = source$robust$cluster)
  models <- list(model("~ 1", cbind(intercept = rep(1, nrow(base))), base))
  for (entry in designs$metareg) {
    x <- sapply(entry$X_columns, unlist)
    if (nrow(x) != nrow(base)) next
    colnames(x) <- c("intercept", paste0("x", seq_len(ncol(x) - 1)))
    models <- c(models, list(model(entry$label, x, cbind(base, x))))
  }
  document <- list(dataset = name, program = program, yi = base$yi, vi = base$vi,
                   cluster = base$study, models = models)
  document <- rapply(document, array_of, classes = "numeric", how = "replace")
  text <- toJSON(document, auto_unbox = TRUE, json_verbatim = TRUE)
  writeLines(text, paste0(name, ".json"))
}
