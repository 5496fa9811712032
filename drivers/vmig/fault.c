// SPDX-License-Identifier: GPL-2.0
/* Failing on demand: files in debugfs, and what looks at them. */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "core.h"

/* Longest text that one of the files takes. */
#define TEXT_MAX	64

/* Longest delay, ms: a minute. */
#define DELAY_MAX	60000

static struct dentry *root;

void vmig_faults_module_init(void)
{
	root = debugfs_create_dir("vmig", NULL);
}

void vmig_faults_module_exit(void)
{
	debugfs_remove(root);
}

static bool is_off(const char *text)
{
	return !strcmp(text, "off");
}

static enum vmig_state state_by_name(const char *name)
{
	enum vmig_state state;

	for (state = VMIG_STATE_ERROR; state < VMIG_STATES; state++)
		if (!strcmp(name, vmig_state_name(state)))
			return state;
	return VMIG_STATES;
}

/* Cut the first word off; "" if there is none. */
static const char *take_word(char **text)
{
	return strsep(text, " ") ?: "";
}

/* Two names of neighbours. Returns false if they are none. */
static bool parse_arc(char **text, enum vmig_state *from, enum vmig_state *to)
{
	*from = state_by_name(take_word(text));
	*to = state_by_name(take_word(text));
	return vmig_state_action(*from, *to) != VMIG_ACTION_NONE;
}

static void show_arc(struct seq_file *file, enum vmig_state from,
		     enum vmig_state to)
{
	seq_printf(file, "%s %s ", vmig_state_name(from), vmig_state_name(to));
}

static void show_fail_arc(struct seq_file *file,
			  const struct vmig_faults *faults)
{
	if (faults->fail_from == VMIG_STATE_ERROR) {
		seq_puts(file, "off\n");
		return;
	}
	show_arc(file, faults->fail_from, faults->fail_to);
	if (!faults->fail_in)
		seq_printf(file, "%u always\n", faults->fail_errno);
	else if (faults->fail_in == 1)
		seq_printf(file, "%u once\n", faults->fail_errno);
	else
		seq_printf(file, "%u nth %u\n", faults->fail_errno,
			   faults->fail_in);
}

/* "always", "once" or "nth N". Returns false if it is none. */
static bool parse_when(char **text, u32 *when)
{
	const char *word = take_word(text);

	*when = !strcmp(word, "once");
	if (*when || !strcmp(word, "always"))
		return true;
	return !strcmp(word, "nth") && !kstrtou32(take_word(text), 10, when) &&
	       *when;
}

static int store_fail_arc(struct vmig_faults *faults, char *text)
{
	enum vmig_state from, to;
	u32 err, when;

	if (is_off(text)) {
		faults->fail_from = VMIG_STATE_ERROR;
		return 0;
	}
	if (!parse_arc(&text, &from, &to) ||
	    kstrtou32(take_word(&text), 10, &err) || !err || err > MAX_ERRNO ||
	    !parse_when(&text, &when) || text)
		return -EINVAL;
	faults->fail_from = from;
	faults->fail_to = to;
	faults->fail_errno = err;
	faults->fail_in = when;
	return 0;
}

static void show_delay_arc(struct seq_file *file,
			   const struct vmig_faults *faults)
{
	if (faults->delay_from == VMIG_STATE_ERROR) {
		seq_puts(file, "off\n");
		return;
	}
	show_arc(file, faults->delay_from, faults->delay_to);
	seq_printf(file, "%u\n", faults->delay_ms);
}

static int store_delay_arc(struct vmig_faults *faults, char *text)
{
	enum vmig_state from, to;
	u32 ms;

	if (is_off(text)) {
		faults->delay_from = VMIG_STATE_ERROR;
		return 0;
	}
	if (!parse_arc(&text, &from, &to) ||
	    kstrtou32(take_word(&text), 10, &ms) || ms > DELAY_MAX || text)
		return -EINVAL;
	faults->delay_from = from;
	faults->delay_to = to;
	faults->delay_ms = ms;
	return 0;
}

static void show_delay_read(struct seq_file *file,
			    const struct vmig_faults *faults)
{
	seq_printf(file, "%u\n", faults->delay_read_ms);
}

static int store_delay_read(struct vmig_faults *faults, char *text)
{
	u32 ms;

	if (kstrtou32(text, 10, &ms) || ms > DELAY_MAX)
		return -EINVAL;
	faults->delay_read_ms = ms;
	return 0;
}

static void show_refuse_record(struct seq_file *file,
			       const struct vmig_faults *faults)
{
	if (faults->refuses)
		seq_printf(file, "%u\n", faults->refuse_record);
	else
		seq_puts(file, "off\n");
}

static int store_refuse_record(struct vmig_faults *faults, char *text)
{
	u32 record;

	if (is_off(text)) {
		faults->refuses = false;
		return 0;
	}
	if (kstrtou32(text, 10, &record))
		return -EINVAL;
	faults->refuses = true;
	faults->refuse_record = record;
	return 0;
}

static void show_never_converge(struct seq_file *file,
				const struct vmig_faults *faults)
{
	seq_printf(file, "%d\n", faults->never_converge);
}

static int store_never_converge(struct vmig_faults *faults, char *text)
{
	return kstrtobool(text, &faults->never_converge) ? -EINVAL : 0;
}

static void show_ignore_self(struct seq_file *file,
			     const struct vmig_faults *faults)
{
	seq_printf(file, "%d\n", faults->ignore_self);
}

static int store_ignore_self(struct vmig_faults *faults, char *text)
{
	return kstrtobool(text, &faults->ignore_self) ? -EINVAL : 0;
}

/* What the files have in common: one line, under the device's lock. */
static int show_control(struct seq_file *file,
			void (*show)(struct seq_file *file,
				     const struct vmig_faults *faults))
{
	struct vmig_core *core = file->private;

	mutex_lock(&core->lock);
	show(file, &core->faults);
	mutex_unlock(&core->lock);
	return 0;
}

static ssize_t store_control(struct file *file, const char __user *buf,
			     size_t count,
			     int (*store)(struct vmig_faults *faults,
					  char *text))
{
	struct vmig_core *core = file_inode(file)->i_private;
	char text[TEXT_MAX];
	int ret;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';

	mutex_lock(&core->lock);
	ret = store(&core->faults, strim(text));
	mutex_unlock(&core->lock);
	return ret ?: count;
}

#define CONTROL(name)							\
static int name##_show(struct seq_file *file, void *unused)		\
{									\
	return show_control(file, show_##name);				\
}									\
									\
static int name##_open(struct inode *inode, struct file *file)		\
{									\
	return single_open(file, name##_show, inode->i_private);	\
}									\
									\
static ssize_t name##_write(struct file *file, const char __user *buf,	\
			    size_t count, loff_t *pos)			\
{									\
	return store_control(file, buf, count, store_##name);		\
}									\
									\
static const struct file_operations name##_fops = {			\
	.owner = THIS_MODULE,						\
	.open = name##_open,						\
	.read = seq_read,						\
	.write = name##_write,						\
	.llseek = seq_lseek,						\
	.release = single_release,					\
}

CONTROL(fail_arc);
CONTROL(delay_arc);
CONTROL(delay_read);
CONTROL(refuse_record);
CONTROL(never_converge);
CONTROL(ignore_self);

static const struct {
	const char *name;
	const struct file_operations *fops;
} controls[] = {
	{ "fail_arc", &fail_arc_fops },
	{ "delay_arc", &delay_arc_fops },
	{ "delay_read", &delay_read_fops },
	{ "refuse_record", &refuse_record_fops },
	{ "never_converge", &never_converge_fops },
	{ "ignore_self", &ignore_self_fops },
};

/* Without debugfs nothing can be set, and all works as it should. */
void vmig_faults_create(struct vmig_core *core)
{
	struct vmig_faults *faults = &core->faults;
	size_t i;

	faults->dir = debugfs_create_dir(core->vmig->name, root);
	for (i = 0; i < ARRAY_SIZE(controls); i++)
		debugfs_create_file(controls[i].name, 0600, faults->dir, core,
				    controls[i].fops);
}

/* Waits for those who are in one of the files. */
void vmig_faults_destroy(struct vmig_core *core)
{
	debugfs_remove(core->faults.dir);
}

int vmig_fault_arc(struct vmig_core *core, enum vmig_state to)
{
	struct vmig_faults *faults = &core->faults;

	lockdep_assert_held(&core->lock);
	if (faults->delay_from == core->state && faults->delay_to == to)
		msleep_interruptible(faults->delay_ms);
	if (faults->fail_from != core->state || faults->fail_to != to)
		return 0;
	if (faults->fail_in > 1) {
		faults->fail_in--;
		return 0;
	}
	if (faults->fail_in)
		faults->fail_from = VMIG_STATE_ERROR;
	return vmig_refuse_errno(core, VMIG_REASON_INJECTED,
				 vmig_state_name(to), -faults->fail_errno);
}

void vmig_fault_read(struct vmig_core *core)
{
	u32 ms = 0;

	/* Each fetch comes by here, and hardly one is to be delayed. */
	if (!READ_ONCE(core->faults.delay_read_ms))
		return;
	mutex_lock(&core->lock);
	if (!core->window.staged && vmig_save_pending(core))
		ms = core->faults.delay_read_ms;
	mutex_unlock(&core->lock);
	if (ms)
		msleep_interruptible(ms);
}

bool vmig_fault_record(const struct vmig_core *core, u32 sequence)
{
	return core->faults.refuses && core->faults.refuse_record == sequence;
}
